/**
 * What a switchover changes on the old master for milliseconds. Both values are such that a
 * user hardly asks for them, so one that is found is known to have been left behind.
 */

export const FENCE_SETTING = 'min-replicas-to-write';
/** More replicas than a master can have: it refuses every write with NOREPLICAS. */
export const FENCE = '1000';

export const PING_SETTING = 'repl-ping-replica-period';
/** Seconds between PINGs: one across the cut makes the old master's rejoin a full resync. */
export const QUIET_PERIOD = '3600';
