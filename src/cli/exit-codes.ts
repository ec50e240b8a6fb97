import { EXIT_CODES } from '../errors.js';

/** What `rrepl help exit-codes` prints. */
export const EXIT_CODES_HELP = `Exit codes:
  ${EXIT_CODES.done}    done; every check passed
  ${EXIT_CODES.failed}    a check failed or could not be decided, or no master answers
  ${EXIT_CODES.usage}    the command line is wrong: a flag, its value, or a name that isn't there
  ${EXIT_CODES.invalid}    what a file or a variable says of the topology is wrong, or its configuration
  ${EXIT_CODES.engine}    the Docker engine can't be reached, or refused
  ${EXIT_CODES.deadline}    a deadline ran out, or a server did not answer
  ${EXIT_CODES.notStarted}  \`run\` could not start its command; else \`run\` ends as its command does
  ${EXIT_CODES.interrupted}  interrupted (Ctrl-C); ${EXIT_CODES.terminated} terminated (SIGTERM)
  ${EXIT_CODES.hungUp}  the terminal was closed; ${EXIT_CODES.unread} nobody reads the output
`;
