/**
 * What rrepl doesn't use of ioredis and dockerode, and what loading it would take half their time for. A plugin of
 * Rolldown's: another version of theirs may have other files or lines, and then the build fails.
 */

/** With each replacement of this list done once. */
const replaced =
  (...pairs) =>
  (source) =>
    pairs.reduce((text, [from, to]) => {
      if (text.split(from).length !== 2) throw new Error(`it isn't there once: ${from}`);
      return text.replace(from, () => to);
    }, source);

/** By the file, without its ending, under node_modules. */
const LIGHTER = {
  // Cluster, Sentinel, transactions, pipelines by themselves, and a method for each command beside `call`.
  'ioredis/built/cluster/index': () => 'exports.default = class Cluster {};',
  'ioredis/built/connectors/SentinelConnector/index': () =>
    'exports.default = exports.SentinelIterator = class {};',
  'ioredis/built/transaction': () => 'exports.addTransactionSupport = () => {};',
  'ioredis/built/autoPipelining': () => 'exports.shouldUseAutoPipelining = () => false;',
  'ioredis/built/utils/Commander': replaced([
    'commands_1.list.filter((command) => command !== "monitor")',
    '[]',
  ]),
  // Of all commands, for key prefixes, a cluster's slots and commands sent before the connection is ready.
  '@ioredis/commands/built/index': () =>
    'exports.list = []; exports.exists = exports.hasFlag = () => false; exports.getKeyIndexes = () => [];',
  // Only where there is TLS, which loads all of OpenSSL's bindings.
  'ioredis/built/connectors/StandaloneConnector': replaced(
    ['const tls_1 = require("tls");\n', ''],
    ['(0, tls_1.connect)', 'require("tls").connect'],
  ),
  'docker-modem/lib/http': replaced(
    ["var nativeHttps = require('https'),\n  nativeHttp", 'var nativeHttp'],
    [
      '  https: nativeHttps,',
      "  https: { request: (...args) => require('https').request(...args) },",
    ],
  ),
  // Through the system's ssh, by an agent of ours.
  'docker-modem/lib/ssh': () =>
    "module.exports = () => { throw new Error('no ssh by docker-modem'); };",
  // It prints all that it is given, to any depth, for a debug line that is never shown; a copy of Node's streams.
  'docker-modem/lib/modem': replaced(
    [
      "  debug('Sending: %s', util.inspect(options, {\n    showHidden: true,\n    depth: null\n  }));\n",
      '',
    ],
    ["  HttpDuplex = require('./http_duplex'),\n", ''],
    ['new HttpDuplex(req, res)', "new (require('./http_duplex'))(req, res)"],
  ),
  // Building images.
  'dockerode/lib/util': replaced(
    ["var DockerIgnore = require('@balena/dockerignore');\n", ''],
    ["var tar = require('tar-fs');\nvar zlib = require('zlib');\n", ''],
  ),
  'dockerode/lib/session': () =>
    "module.exports = () => { throw new Error('no session with BuildKit'); };",
  'dockerode/lib/buildkit': () => 'module.exports = {};',
};

export function lighter() {
  const left = new Set(Object.keys(LIGHTER));
  return {
    name: 'lighter',
    transform: {
      filter: {
        id: /\/node_modules\/(?:ioredis|@ioredis\/commands|docker-modem|dockerode)\/.*\.js$/,
      },
      handler(source, id) {
        const part = /\/node_modules\/((?:(?!node_modules\/).)+)\.js$/.exec(id)?.[1];
        if (!left.delete(part)) return null;
        try {
          return LIGHTER[part](source);
        } catch (error) {
          throw new Error(`${part}: ${error.message}`);
        }
      },
    },
    buildEnd(error) {
      if (!error && left.size > 0) throw new Error(`there is no ${[...left].join(', ')}`);
    },
  };
}
