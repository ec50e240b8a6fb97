/** The redis.conf of one node. The same topology gives the same text, byte for byte. */

import { parseConf, renderDirective } from './conf-file.js';
import { type Directive, REDIS_PORT } from './directive.js';
import { canonicalName, directiveNames } from './directives.js';
import { defaultBacklog } from './memory.js';
import { commentOut, fillTemplate } from './template.js';

/** What of a topology stands in every redis.conf. */
export interface ConfWish {
  /** The text of the redis.conf template. */
  readonly template: string;
  readonly containers: { readonly memoryBytes: number | null };
}

/** What of a node stands in its redis.conf. */
export interface ConfNode {
  readonly name: string;
  /** The node it replicates from; null for the master. */
  readonly upstream: string | null;
  readonly directives: readonly Directive[];
}

/**
 * The template with the node's own lines. A line of the template that the node's
 * directives speak of becomes a comment, so that every directive stands once.
 * The wish's template is one that `checkTemplate` has no problem with.
 */
export function renderNodeConf({ template, containers }: ConfWish, node: ConfNode): string {
  const text = withoutOverridden(template, node.directives);
  const overrides = renderLines(node.directives);
  return fillTemplate(text, {
    node: node.name,
    port: String(REDIS_PORT),
    backlog: defaultBacklog(`${text}\n${overrides}`, containers.memoryBytes),
    replication: renderLines(replication(node)),
    overrides,
  });
}

/** The master is told to be read-only as well: it counts on the day it is demoted. */
function replication({ upstream }: ConfNode): Directive[] {
  const readOnly = { name: 'replica-read-only', args: ['yes'] };
  if (upstream === null) return [readOnly];
  return [{ name: 'replicaof', args: [upstream, String(REDIS_PORT)] }, readOnly];
}

function withoutOverridden(template: string, overrides: readonly Directive[]): string {
  const names = directiveNames(overrides);
  const overridden = new Set(
    parseConf(template, 'template')
      .lines.filter(({ directive }) => names.has(canonicalName(directive.name)))
      .map(({ line }) => line),
  );
  return commentOut(template, overridden, 'overridden');
}

function renderLines(directives: readonly Directive[]): string {
  return directives.map(renderDirective).join('\n');
}
