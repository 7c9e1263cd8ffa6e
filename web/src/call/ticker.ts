/** A clock for the recorder: a page out of sight has its own timers slowed down, a worker has not. */
const EVERY_MS = 1000 / 15;
setInterval(() => postMessage(null), EVERY_MS);

export {};
