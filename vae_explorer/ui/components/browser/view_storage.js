// What a view remembers in this tab, through remounts and page changes.

const PREFIX = "vae-explorer:cloud:";

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

/**
 * Under what the view of a cloud is remembered: those of a group alike, by their dimensions.
 * @type {(cloud: {group?: string, dims: number, key: string}) => string}
 */
export function storageKey({ group, dims, key }) {
  return group ? `group:${group}:${dims}` : key;
}
