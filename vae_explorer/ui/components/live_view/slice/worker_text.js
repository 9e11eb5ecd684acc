// The text that the slice's worker runs; bundle.py puts the joined modules of WORKER here.
export const WORKER_TEXT = "";
