// What a view remembers in this tab, through remounts and page changes, and what this browser keeps
// for later visits.

const PREFIX = "vae-explorer:cloud:";
const ALWAYS = "vae-explorer:"; // as browser_storage.js has it

/** Keep a JSON value under the key of a cloud. @type {(key: string, value: unknown) => void} */
export function remember(key, value) {
  try {
    sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // storage is full or forbidden: the camera then lasts as long as the component does
  }
}

/** What was kept, or null. @type {(key: string) => any} */
export function recall(key) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

/** Keep a JSON value for later visits. @type {(key: string, value: unknown) => void} */
export function keepAlways(key, value) {
  try {
    localStorage.setItem(ALWAYS + key, JSON.stringify(value));
  } catch {
    // storage is full or forbidden: the next visit is a first one again
  }
}

/** What an earlier visit kept, or null. @type {(key: string) => any} */
export function recallAlways(key) {
  try {
    return JSON.parse(localStorage.getItem(ALWAYS + key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Under what the view of a cloud is remembered: those of a group alike, by their dimensions.
 * @type {(cloud: {group?: string, dims: number, key: string}) => string}
 */
export function storageKey({ group, dims, key }) {
  return group ? `group:${group}:${dims}` : key;
}
