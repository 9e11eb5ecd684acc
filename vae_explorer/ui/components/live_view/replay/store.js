// Epochs at hand: fetches those that are wanted, keeps them, tries again what does not come.

const LANES = 4; // fetches at once
const KEPT = 1000; // epochs at most: some 40 kB each
const FIRST_WAIT = 400; // milliseconds until the second try; each further wait is twice as long
const LONGEST_WAIT = 8000;
const PATIENCE = 15000; // milliseconds that a fetch may take

/** Milliseconds to wait after so many failures in a row. */
export function retryDelay(failures) {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
}

export class EpochStore {
  /**
   * @param {(epoch: number, signal: AbortSignal) => Promise<object>} load
   * @param {(epoch: number) => void} onChange told when an epoch has come, or has failed to
   */
  constructor(load, onChange) {
    Object.assign(this, { load, onChange });
    this.wanted = [];
    this.kept = new Map(); // epoch -> what `load` gave, oldest first
    this.missing = new Map(); // epoch wanted -> {controller | null while it waits, failures, timer}
  }

  get(epoch) {
    return this.kept.get(epoch) ?? null;
  }

  /** How often an epoch has failed to come. */
  failures(epoch) {
    return this.missing.get(epoch)?.failures ?? 0;
  }

  /** Have these at hand, the most urgent first; what else is under way is given up. */
  want(epochs) {
    this.wanted = [...new Set(epochs)];
    for (const epoch of this.missing.keys()) if (!epochs.includes(epoch)) this.giveUp(epoch);
    this.fill();
  }

  /** Forget everything. */
  clear() {
    for (const epoch of this.missing.keys()) this.giveUp(epoch);
    this.kept.clear();
    this.wanted = [];
  }

  giveUp(epoch) {
    const { controller, timer } = this.missing.get(epoch);
    this.missing.delete(epoch);
    clearTimeout(timer);
    controller?.abort();
  }

  /** Fetch what is wanted, as far as there are lanes. */
  fill() {
    const underWay = [...this.missing.values()].filter(({ controller }) => controller).length;
    const idle = this.wanted.filter((epoch) => !this.kept.has(epoch) && !this.missing.has(epoch));
    for (const epoch of idle.slice(0, Math.max(0, LANES - underWay))) {
      this.missing.set(epoch, { failures: 0, controller: null });
      this.fetch(epoch);
    }
  }

  async fetch(epoch) {
    const entry = this.missing.get(epoch);
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
    if (loaded) this.keep(epoch, loaded);
    else this.tryLater(epoch, entry);
    this.fill();
    this.onChange(epoch);
  }

  keep(epoch, loaded) {
    this.missing.delete(epoch);
    this.kept.set(epoch, loaded);
    for (const old of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      if (!this.wanted.includes(old)) this.kept.delete(old);
    }
  }

  tryLater(epoch, entry) {
    entry.controller = null;
    entry.failures += 1;
    entry.timer = setTimeout(() => this.fetch(epoch), retryDelay(entry.failures));
  }
}
