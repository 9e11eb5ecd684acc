/**
 * The tile that a key leads to from another, in rows of so many; null: the key leads nowhere.
 * @type {(key: string, index: number, count: number, columns: number) => number | null}
 */
export function nextTile(key, index, count, columns) {
  const row = index - (index % columns);
  /** @type {{[key: string]: number}} */
  const goals = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - columns,
    ArrowDown: index + columns,
    Home: row,
    End: Math.min(row + columns, count) - 1,
  };
  if (!(key in goals)) return null;
  const goal = goals[key];
  return goal >= 0 && goal < count ? goal : index;
}
