/**
 * Who may import whom. `npm run lint` holds it with dependency-cruiser; TypeScript is read by swc,
 * for dependency-cruiser knows no TypeScript 7.
 */

/**
 * The folders and files of src/, lowest first: each imports what stands above it in this list and
 * nothing that stands below. What isn't in the list may import nothing and be imported by nobody.
 */
const LAYERS = [
  [
    'error-facts.ts',
    'wish-facts.ts',
    'errors.ts',
    'format.ts',
    'duration.ts',
    'rules.ts',
    'sleep.ts',
    'clean-up.ts',
  ],
  ['config'],
  ['access'],
  ['topology'],
  ['docker'],
  ['redis'],
  ['psync', 'election'],
  ['stream'],
  ['observe'],
  ['plan'],
  ['failover'],
  ['live'],
  ['door'],
  ['execute'],
  ['verify'],
  ['drills'],
  ['program'],
  ['doctor'],
  ['operations'],
  ['library'],
  ['index.ts'],
  ['fixtures'],
  ['context.ts'],
  ['report'],
  ['ui'],
  ['cli'],
  ['main.ts'],
];

/** The only places that know these packages. */
const OWNERS = {
  dockerode: 'docker/dockerode/',
  'docker-modem': 'docker/dockerode/',
  ioredis: 'redis/ioredis-node.ts',
  chalk: 'ui/',
  ora: 'ui/',
};

const literally = (name) => name.replace(/[.]/g, '\\.');
const within = (names) =>
  `^src/(${names.map((name) => literally(name) + (name.includes('.') ? '$' : '/')).join('|')})`;
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const directions = LAYERS.map((layer, index) =>
  rule(
    `below-${layer[0]}`,
    'Imports point to lower layers: see LAYERS in .dependency-cruiser.mjs.',
    { path: within(layer) },
    { path: '^src/', pathNot: within(LAYERS.slice(0, index + 1).flat()) },
  ),
);

const owners = Object.entries(OWNERS).map(([name, owner]) =>
  rule(
    `only-owner-of-${name}`,
    `Only src/${owner} knows ${name}.`,
    { path: '^src/', pathNot: `^src/${literally(owner)}` },
    { path: `(^|/)node_modules/(@types/)?${name}/` },
  ),
);

export default {
  forbidden: [
    ...directions,
    ...owners,
    rule(
      'no-layer',
      'It stands in no layer: add it to LAYERS in .dependency-cruiser.mjs.',
      { path: '^src/', pathNot: within(LAYERS.flat()) },
      {},
    ),
    rule(
      'commands-when-run',
      'The code of a command is imported when it is run: help and usage errors load none of it.',
      { path: '^src/', pathNot: '^src/cli/commands/' },
      { path: '^src/cli/commands/', dynamic: false },
    ),
    rule('no-circle', 'Files that import each other.', {}, { circular: true }),
    rule('no-such-file', 'What it imports is not there.', {}, { couldNotResolve: true }),
    rule(
      'only-src',
      'src/ imports what is in src/, packages and package.json.',
      { path: '^src/' },
      {
        path: '^',
        pathNot: ['^src/', 'node_modules/', '^package\\.json$'],
        dependencyTypesNot: ['core'],
        couldNotResolve: false,
      },
    ),
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
