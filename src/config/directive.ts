/** What is known of a node's configuration before anything is known of a topology. */

/** One line of redis.conf: `save 3600 1` is `{ name: 'save', args: ['3600', '1'] }`. Arguments are unquoted. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
}

/** The port that Redis listens on inside every container. */
export const REDIS_PORT = 6379;

/** Where the configuration folder is mounted; the server must be able to write it (CONFIG REWRITE). */
export const CONF_FOLDER = '/usr/local/etc/redis';
