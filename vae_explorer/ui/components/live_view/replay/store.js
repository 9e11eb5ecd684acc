// Epochs at hand: fetches those that are wanted, keeps them, tries again what does not come.

/** @import { Epoch } from "./load.js" */

/**
 * An epoch wanted that is not there: being fetched, or waiting to be tried again.
 * @typedef {{controller: AbortController | null, failures: number, timer?: number}} Missing
 */

const LANES = 4; // fetches at once
const MOST_EPOCHS = 1000; // at hand: some 40 kB each
const FIRST_WAIT = 400; // milliseconds until the second try; each further wait is twice as long
const LONGEST_WAIT = 8000;
const PATIENCE = 15000; // milliseconds that a fetch may take

/** Milliseconds to wait after so many failures in a row. @type {(failures: number) => number} */
export function retryDelay(failures) {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
}

export class EpochStore {
  /**
   * @param {(epoch: number, signal: AbortSignal) => Promise<Epoch>} load
   * @param {(epoch: number) => void} onChange told when an epoch has come, or has failed to
   */
  constructor(load, onChange) {
    this.load = load;
    this.onChange = onChange;
    /** @type {number[]} */
    this.wanted = [];
    /** @type {Map<number, Epoch>} */
    this.loaded = new Map(); // oldest first
    /** @type {Map<number, Missing>} */
    this.missing = new Map();
  }

  /** @type {(epoch: number | null) => Epoch | null} */
  get(epoch) {
    return this.loaded.get(epoch ?? NaN) ?? null;
  }

  /** How often an epoch has failed to come. @type {(epoch: number | null) => number} */
  failures(epoch) {
    return this.missing.get(epoch ?? NaN)?.failures ?? 0;
  }

  /**
   * Have these at hand, the most urgent first; what else is under way is given up.
   * @type {(epochs: number[]) => void}
   */
  want(epochs) {
    this.wanted = [...new Set(epochs)];
    for (const epoch of this.missing.keys()) if (!epochs.includes(epoch)) this.giveUp(epoch);
    this.fill();
  }

  /** Forget everything. */
  clear() {
    for (const epoch of this.missing.keys()) this.giveUp(epoch);
    this.loaded.clear();
    this.wanted = [];
  }

  /** @type {(epoch: number) => void} */
  giveUp(epoch) {
    const entry = this.missing.get(epoch);
    this.missing.delete(epoch);
    clearTimeout(entry?.timer);
    entry?.controller?.abort();
  }

  /** Fetch what is wanted, as far as there are lanes. */
  fill() {
    const underWay = [...this.missing.values()].filter(({ controller }) => controller).length;
    const idle = this.wanted.filter((epoch) => !this.loaded.has(epoch) && !this.missing.has(epoch));
    for (const epoch of idle.slice(0, Math.max(0, LANES - underWay))) {
      /** @type {Missing} */
      const entry = { failures: 0, controller: null };
      this.missing.set(epoch, entry);
      this.fetch(epoch, entry);
    }
  }

  /** @type {(epoch: number, entry: Missing) => Promise<void>} */
  async fetch(epoch, entry) {
    const controller = (entry.controller = new AbortController());
    entry.timer = setTimeout(() => controller.abort(), PATIENCE);
    let loaded = null;
    try {
      loaded = await this.load(epoch, controller.signal);
    } catch {
      // a failure, unless it has been given up
    }
    if (this.missing.get(epoch) !== entry) return;
    clearTimeout(entry.timer);
    if (loaded) this.add(epoch, loaded);
    else this.tryLater(epoch, entry);
    this.fill();
    this.onChange(epoch);
  }

  /** @type {(epoch: number, loaded: Epoch) => void} */
  add(epoch, loaded) {
    this.missing.delete(epoch);
    this.loaded.set(epoch, loaded);
    for (const old of this.loaded.keys()) {
      if (this.loaded.size <= MOST_EPOCHS) break;
      if (!this.wanted.includes(old)) this.loaded.delete(old);
    }
  }

  /** @type {(epoch: number, entry: Missing) => void} */
  tryLater(epoch, entry) {
    entry.controller = null;
    entry.failures += 1;
    entry.timer = setTimeout(() => this.fetch(epoch, entry), retryDelay(entry.failures));
  }
}
