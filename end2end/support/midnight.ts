// Days end at midnight UTC. Called by specs that do something on one and look at that day later.

import { setTimeout as pause } from 'node:timers/promises';

const DAY = 24 * 60 * 60 * 1_000;

/** Waits for the next day if less than a minute is left of this one. */
export async function awayFromMidnight(): Promise<void> {
  const left = DAY - (Date.now() % DAY);
  if (left < 60_000) await pause(left);
}
