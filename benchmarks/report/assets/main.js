// What the page does by itself: the switch of colours, the filters, the keyboard, printing. Needs the other files above it.

function themeSwitch() {
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);
  const say = () => {
    button.setAttribute("aria-pressed", String(dark()));
    button.textContent = dark() ? "Light" : "Dark";
  };
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    say();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", say);
  say();
}

/** Fill the choices with what the run holds; one that would offer a single word is hidden. */
function choices(form, index) {
  const lists = { strategy: index.contenders, outcome: index.outcomes, cause: [...index.causes].sort(), category: [...index.categories].sort(), set: index.sets };
  for (const [name, words] of Object.entries(lists)) {
    const select = form.elements[name];
    const offered = words.filter(Boolean);
    select.append(...offered.map((word) => h("option", { value: word }, plain(word))));
    select.closest("label").hidden = offered.length < 2;
  }
  form.elements.disagree.closest("label").hidden = index.contenders.length < 2;
}

function headings(table, index, change) {
  const columns = [["id", "problem"], ["category", "category"], ["gold", "reference"], ...index.contenders.map((name, i) => [String(i), name]), ["tokens", "tokens"]];
  const cells = columns.map(([column, name]) =>
    h(
      "th",
      { scope: "col", "data-column": column, class: column === "tokens" ? "number" : null },
      h("button", { type: "button", title: `sort by ${plain(name)}`, onclick: () => {
        const now = sorting();
        state.sort = now.column !== column ? column : now.down ? "" : `${column}-desc`;
        change();
      } }, h("bdi", {}, shown(name)), h("span", { class: "arrow", "aria-hidden": "true" })),
    ),
  );
  table.tHead.replaceChildren(h("tr", { "aria-rowindex": "1" }, cells));
  table.querySelector("colgroup").replaceChildren(...columns.map(([column]) => h("col", { class: /^\d+$/.test(column) ? "contender" : column })));
  table.style.setProperty("--contenders", index.contenders.length);
  return () => {
    const { column, down } = sorting();
    for (const cell of cells)
      cell.setAttribute("aria-sort", cell.dataset.column === (column || "id") ? (down ? "descending" : "ascending") : "none");
  };
}

function keyboard(table, form) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input[type=search], select");
    if (event.key === "Escape") {
      if (typing) event.target.blur();
      else if (table.close()) table.activate(table.active);
      return;
    }
    if (typing || event.target.matches("summary, button, input")) {
      if (!(event.key === "/" && !typing)) return;
    }
    const inTable = event.target.matches("tr.problem");
    const step = { j: 1, k: -1, ...(inTable ? { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity } : {}) }[event.key];
    if (event.key === "/") form.elements.q.focus();
    else if (step) table.activate(inTable || table.opened >= 0 ? table.active + step : table.active);
    else if ((event.key === "Enter" || event.key === " ") && inTable) table.toggle();
    else return;
    event.preventDefault();
  });
}

function printing(table) {
  let shut = [];
  addEventListener("beforeprint", () => {
    table.draw(true);
    for (const node of document.querySelectorAll("details.run:not([open])")) {
      shut.push(node);
      node.open = true;
    }
    // An opened row is printed whole; opening one level fills the next.
    for (let found; (found = [...(table.detail?.querySelectorAll("details:not([open])") || [])]).length; ) {
      shut.push(...found);
      for (const node of found) {
        node.fill?.();
        node.open = true;
      }
    }
    const left = table.rows.length - MOST_PRINTED;
    document.getElementById("unprinted").textContent = left > 0 ? `${count(left)} more problems are not printed; filter the table to choose.` : "";
  });
  addEventListener("afterprint", () => {
    for (const node of shut) node.open = false;
    shut = [];
    table.first = -1;
    table.draw();
  });
}

async function main() {
  themeSwitch();
  const index = await unpack("index");
  const form = document.getElementById("filters");
  const node = document.getElementById("problems");
  choices(form, index);
  const table = new Table(index, node, document.getElementById("count"));
  const change = () => {
    writeAddress();
    mark();
    table.show(chosen(index));
  };
  const mark = headings(node, index, change);
  const fromAddress = () => {
    readAddress();
    const { open } = state;
    for (const key of KEYS) {
      const field = form.elements[key];
      if (field?.type === "checkbox") field.checked = Boolean(state[key]);
      else if (field) field.value = state[key];
    }
    mark();
    table.show(chosen(index));
    if (open) table.openNamed(open);
  };
  form.addEventListener("input", (event) => {
    const { name, type, checked, value: text } = event.target;
    state[name] = type === "checkbox" ? (checked ? "1" : "") : text;
    change();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    for (const key of KEYS) state[key] = "";
    setTimeout(change);
  });
  addEventListener("hashchange", fromAddress);
  keyboard(table, form);
  printing(table);
  fromAddress();
  document.documentElement.dataset.ready = "yes";
}

main().catch((error) => {
  console.error(error);
  document.getElementById("count").textContent = `The table cannot be shown: ${error.message}`;
});
