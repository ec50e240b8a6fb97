/** How many sentinels a failover needs. */

/** What an election of most of them needs: a majority of all, whatever the quorum is. */
export const majorityOf = (count: number): number => Math.floor(count / 2) + 1;

/** How many of so many sentinels must take part in a failover. */
export const votesNeeded = (count: number, quorum: number): number =>
  Math.max(majorityOf(count), quorum);
