// Which problems are shown, and in which order: the filters, the sorting, and the address that keeps them.

const KEYS = ["q", "strategy", "outcome", "cause", "category", "set", "disagree", "sort", "open"];
const state = Object.fromEntries(KEYS.map((key) => [key, ""]));

function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const key of KEYS) state[key] = given.get(key) || "";
}

function writeAddress() {
  const kept = new URLSearchParams();
  for (const key of KEYS) if (state[key]) kept.set(key, state[key]);
  const text = kept.toString();
  if (text !== location.hash.slice(1)) history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
}

let haystack = null;

/** What the text filter looks in, made when it is first needed. */
function hay(index, row) {
  haystack ??= index.id.map((id, i) =>
    [index.sets[index.set[i]], id, index.categories[index.category[i]], index.excerpt[i], index.gold[i], ...index.cells.map((cells) => cells.answer[i])]
      .join("\n")
      .toLowerCase(),
  );
  return haystack[row];
}

/** One character for what came of a row, all strategies alike, or "" where they differ. */
function agreed(index, row) {
  const seen = index.cells.map((cells) => cells.outcome[row]).filter((outcome) => outcome >= 0);
  return seen.every((outcome) => outcome === seen[0]);
}

/** The rows that the filters let through, sorted. */
function chosen(index) {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const strategy = index.contenders.indexOf(state.strategy);
  const columns = strategy < 0 ? index.cells : [index.cells[strategy]];
  const outcome = index.outcomes.indexOf(state.outcome);
  const cause = state.cause ? index.causes.indexOf(state.cause) : -1;
  const category = state.category ? index.categories.indexOf(state.category) : -1;
  const set = state.set ? index.sets.indexOf(state.set) : -1;
  const rows = [];
  for (let row = 0; row < index.id.length; row++) {
    if (state.category && index.category[row] !== category) continue;
    if (state.set && index.set[row] !== set) continue;
    if (state.disagree && agreed(index, row)) continue;
    const fits = (cells) =>
      cells.outcome[row] >= 0 && (!state.outcome || cells.outcome[row] === outcome) && (!state.cause || cells.cause[row] === cause);
    if (!columns.some(fits)) continue;
    if (words.length && !words.every((word) => hay(index, row).includes(word))) continue;
    rows.push(row);
  }
  return sorted(index, rows);
}

/** state.sort is a column and, behind a dash, "desc": "tokens-desc". */
function sorting() {
  const [column, direction] = state.sort.split("-");
  return { column: column || "", down: direction === "desc" };
}

function sorted(index, rows) {
  const { column, down } = sorting();
  if (!column || (column === "id" && !down)) return rows; // the index comes in this order
  const cells = /^\d+$/.test(column) ? index.cells[Number(column)] : null;
  const natural = new Intl.Collator("en", { numeric: true }).compare;
  const words = (list, numbers) => (one, other) => natural(list[numbers[one]], list[numbers[other]]);
  const compare = cells
    ? (one, other) => cells.outcome[one] - cells.outcome[other]
    : {
        id: (one, other) => one - other,
        category: words(index.categories, index.category),
        level: words(index.levels, index.level),
        gold: (one, other) => natural(index.gold[one], index.gold[other]),
        tokens: (one, other) => tokens(index, one) - tokens(index, other),
      }[column];
  if (!compare) return rows;
  return rows.sort((one, other) => (down ? compare(other, one) : compare(one, other)) || one - other);
}

/** Completion tokens of all strategies on a problem. */
function tokens(index, row) {
  return index.cells.reduce((sum, cells) => sum + cells.tokens[row], 0);
}
