// The table of problems. Only the rows in view are in the document, so that thousands open at once; one row at a time is opened.

const ROW = 54; // pixels; style.css says the same
const SPARE = 12;
const MOST_PRINTED = 500;
const MARKS = { right: "✓", wrong: "✗", undecided: "?", abstained: "–", failed: "!" };

class Table {
  constructor(index, node, counter) {
    this.index = index;
    this.node = node;
    this.counter = counter;
    this.body = node.tBodies[0];
    this.rows = [];
    this.drawn = new Map();
    this.active = 0;
    this.opened = -1; // position in this.rows
    this.detail = null;
    this.first = this.last = -1;
    this.above = h("tr", { class: "spacer", "aria-hidden": "true" }, h("td", { colspan: String(index.cells.length + 4) }));
    this.below = this.above.cloneNode(true);
    this.body.replaceChildren(this.above, this.below);
    this.watcher = new ResizeObserver(() => this.draw());
    addEventListener("scroll", () => this.draw(), { passive: true });
    addEventListener("resize", () => this.draw(), { passive: true });
    this.body.addEventListener("click", (event) => this.clicked(event));
  }

  /** Show these rows; what was open is closed. */
  show(rows) {
    this.close();
    this.rows = rows;
    this.active = 0;
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
    this.first = this.last = -1;
    this.node.setAttribute("aria-rowcount", String(rows.length + 1));
    const all = this.index.id.length;
    this.counter.textContent = rows.length === all ? `${count(all)} problems` : `${count(rows.length)} of ${count(all)} problems`;
    this.draw();
  }

  get extra() {
    return this.detail ? this.detail.offsetHeight : 0;
  }

  top(position) {
    return position * ROW + (this.opened >= 0 && position > this.opened ? this.extra : 0);
  }

  at(y) {
    if (this.opened < 0 || y < (this.opened + 1) * ROW) return Math.floor(y / ROW);
    return Math.max(this.opened, Math.floor((y - this.extra) / ROW));
  }

  draw(all) {
    const offset = -this.body.getBoundingClientRect().top;
    const size = this.rows.length;
    const first = all ? 0 : Math.min(Math.max(0, this.at(Math.max(0, offset)) - SPARE), size);
    const last = all ? Math.min(size, MOST_PRINTED) : Math.min(size, Math.max(first, this.at(Math.max(0, offset) + innerHeight) + SPARE));
    const extra = this.extra;
    const inside = this.opened >= first && this.opened < last;
    const room = () => {
      this.above.firstChild.style.height = `${this.top(first)}px`;
      this.below.firstChild.style.height = `${(size - last) * ROW + (this.opened >= last ? extra : 0)}px`;
    };
    if (first === this.first && last === this.last && (!inside || this.detail?.isConnected)) return room();
    [this.first, this.last] = [first, last];
    // New rows come in before old ones go: were the page shorter in between, the browser would scroll up to its end.
    const stale = new Set([...this.drawn].filter(([position]) => position < first || position >= last).map(([, row]) => row));
    if (this.detail && !inside) stale.add(this.detail);
    const after = (row) => {
      let sibling = row.nextSibling;
      while (stale.has(sibling)) sibling = sibling.nextSibling;
      return sibling;
    };
    let next = this.below;
    const put = (row) => {
      if (after(row) !== next) this.body.insertBefore(row, next); // a row that stays is not moved: it would lose the focus
      next = row;
    };
    for (let position = last - 1; position >= first; position--) {
      if (position === this.opened && this.detail) put(this.detail);
      if (!this.drawn.has(position)) this.drawn.set(position, this.row(position));
      put(this.drawn.get(position));
    }
    room();
    for (const row of stale) row.remove();
    for (const position of [...this.drawn.keys()]) if (position < first || position >= last) this.drawn.delete(position);
  }

  row(position) {
    const { index } = this;
    const row = this.rows[position];
    const set = index.sets[index.set[row]];
    return h(
      "tr",
      {
        class: "problem",
        tabindex: position === this.active ? "0" : "-1",
        "aria-rowindex": String(position + 2),
        "aria-expanded": String(position === this.opened),
        "data-position": String(position),
      },
      h(
        "th",
        { scope: "row" },
        h("span", { class: "name" }, index.sets.length > 1 ? h("span", { class: "set" }, shown(set), " ") : null, h("bdi", {}, shown(index.id[row]))),
        h("span", { class: "sub", dir: "auto" }, shown(index.excerpt[row])),
      ),
      h("td", { class: "category" }, shown(index.categories[index.category[row]]), h("span", { class: "sub" }, shown(index.levels[index.level[row]]))),
      h("td", { class: "gold" }, known(index.gold[row])),
      index.cells.map((cells, number) => this.cell(cells, row, number)),
      h("td", { class: "number" }, count(tokens(index, row))),
    );
  }

  cell(cells, row, number) {
    const outcome = this.index.outcomes[cells.outcome[row]];
    if (!outcome) return h("td", { class: "cell none", "data-contender": String(number) }, "not run");
    const cause = this.index.causes[cells.cause[row]].replace(/^wrong_value$/, ""); // the mark says so
    return h(
      "td",
      { class: "cell", "data-contender": String(number) },
      h("span", { class: `mark ${outcome}`, title: outcome }, MARKS[outcome], h("span", { class: "hidden" }, ` ${outcome}: `)),
      h("span", { class: "given" }, cells.answer[row] ? known(cells.answer[row]) : outcome === "failed" ? "failed" : "no answer"),
      h("span", { class: "sub" }, h("span", { class: "cause" }, shown(cause)), h("span", { class: "tokens" }, count(cells.tokens[row]))),
    );
  }

  clicked(event) {
    const row = event.target.closest("tr.problem");
    if (!row || getSelection().toString()) return;
    const contender = event.target.closest("td.cell")?.dataset.contender;
    this.activate(Number(row.dataset.position), false);
    this.toggle(contender === undefined ? undefined : Number(contender));
  }

  /** Move the focus to a row and bring it into view. */
  activate(position, scroll = true) {
    if (!this.rows.length) return;
    const to = Math.min(Math.max(0, position), this.rows.length - 1);
    this.drawn.get(this.active)?.setAttribute("tabindex", "-1");
    this.active = to;
    if (scroll) {
      const head = this.node.tHead.getBoundingClientRect().height + 8;
      const y = this.body.getBoundingClientRect().top + this.top(to);
      if (y < head) scrollBy(0, y - head);
      else if (y + ROW > innerHeight) scrollBy(0, y + ROW - innerHeight + 8);
      this.draw();
    }
    const row = this.drawn.get(to);
    row?.setAttribute("tabindex", "0");
    row?.focus({ preventScroll: true });
  }

  toggle(contender) {
    if (this.opened === this.active) this.close();
    else this.open(this.active, contender);
  }

  open(position, contender) {
    const before = this.opened >= 0 && this.opened < position ? this.extra : 0;
    this.close();
    if (before) scrollBy(0, -before); // what was open above no longer takes its room
    this.opened = this.active = position;
    const content = h("div", { class: "detail" }, h("p", { class: "waiting" }, "unpacking …"));
    this.detail = h("tr", { class: "opened" }, h("td", { colspan: String(this.index.cells.length + 4) }, content));
    this.watcher.observe(this.detail);
    this.drawn.get(position)?.setAttribute("aria-expanded", "true");
    const row = this.rows[position];
    state.open = `${this.index.sets[this.index.set[row]]}/${this.index.id[row]}`;
    writeAddress();
    this.draw();
    fillDetail(this.index, row, content, contender).catch((error) => {
      content.replaceChildren(h("p", { class: "trouble" }, String(error.message || error)));
    });
  }

  close() {
    if (this.opened < 0) return false;
    this.drawn.get(this.opened)?.setAttribute("aria-expanded", "false");
    this.watcher.disconnect();
    this.detail.remove();
    this.detail = null;
    this.opened = -1;
    state.open = "";
    writeAddress();
    this.draw();
    return true;
  }

  /** Open the row that the address names. */
  openNamed(name) {
    const position = this.rows.findIndex((row) => `${this.index.sets[this.index.set[row]]}/${this.index.id[row]}` === name);
    if (position < 0 || position === this.opened) return;
    this.open(position);
    scrollBy(0, this.body.getBoundingClientRect().top + this.top(position) - 80);
    this.activate(position, false);
  }
}
