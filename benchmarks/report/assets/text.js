// Text that models, programs and problem sets wrote, as nodes: characters that act are shown, formulas are set, findings are marked.
// Nothing here or elsewhere makes HTML of a string; the page's policy (Trusted Types) would refuse it.

/** An element. Attributes whose value is null, undefined or false are left out; strings become text nodes. */
function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// The same characters as agent/cli/clean.py: controls, marks and overrides of direction, separators, lone surrogates.
const ACTING =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function symbol(character) {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "U+" + code.toString(16).toUpperCase().padStart(4, "0");
}

/** Text as nodes, characters that act as small symbols. */
function shown(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(ACTING)) {
    if (match.index > from) nodes.push(text.slice(from, match.index));
    nodes.push(h("span", { class: "ctl" }, symbol(match[0])));
    from = match.index + match[0].length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

/** The same as one string, for attributes. */
function plain(text) {
  return text.replace(ACTING, symbol);
}

/** A formula as MathML, or null where Temml cannot read it. */
function math(tex, display) {
  if (tex.length > 3000 || tex.search(ACTING) >= 0) return null;
  const node = h("span", { class: display ? "math display" : "math" });
  try {
    temml.render(tex, node, { displayMode: display, throwOnError: true, trust: false, maxExpand: 200, maxSize: [20, 20] });
  } catch {
    return null;
  }
  return node;
}

const values = new Map();

/** `value`, kept: the same answers come again and again in the rows of the table. */
function known(text) {
  if (!values.has(text)) {
    if (values.size > 2000) values.clear();
    values.set(text, value(text));
  }
  return values.get(text).cloneNode(true);
}

/** A short value, such as an answer: set as a formula where it is written as one. */
function value(text, latex) {
  const bare = (text || "").trim().replace(/^\$+|\$+$/g, "");
  const tex = latex || (/[\\^_]/.test(bare) ? bare : "");
  const node = tex && math(tex, false);
  if (!node) return h("bdi", { class: "value" }, shown(text || ""));
  node.setAttribute("title", plain(text || tex));
  return node;
}

// Bounded, so that text full of openings costs no more than its length.
const PIECES =
  /```[ \t]*(\w*)[^\n]*\n([\s\S]*?)(?:```|$)|\$\$([^$]{1,3000}?)\$\$|\\\[([\s\S]{1,3000}?)\\\]|\\\(([\s\S]{1,1500}?)\\\)|\$(?![\s$])((?:\\.|[^$\\\n]){1,1500}?)(?<![\s\\])\$(?!\d)|(\\boxed\{[^{}$\n]{1,300}\})/g;
const LONGEST = 60000;
const MOST_FORMULAS = 300;

/**
 * A text with its formulas set, its fenced code coloured, its findings marked; pieces that a finding touches stay as written.
 * `program` is shown elsewhere, so that its fence is only named.
 */
function prose(text, findings, base, program) {
  const box = h("div", { class: "text", dir: "auto" });
  const fill = (limit) => {
    const part = text.slice(0, limit);
    box.replaceChildren();
    let from = 0;
    let formulas = 0;
    for (const match of part.matchAll(PIECES)) {
      const end = match.index + match[0].length;
      if (findings.some((finding) => finding.start < end && finding.end > match.index)) continue;
      let node = null;
      if (match[2] !== undefined) node = fence(match[2].replace(/\n$/, ""), program);
      else if (formulas++ < MOST_FORMULAS) {
        const display = match[3] ?? match[4];
        node = math(display ?? match[5] ?? match[6] ?? match[7], display !== undefined);
      }
      if (!node) continue;
      box.append(...runs(part, from, match.index, findings, base), node);
      from = end;
    }
    const ends = findings.some((finding) => finding.end > part.trimEnd().length) ? part.length : part.trimEnd().length;
    box.append(...runs(part, from, Math.max(from, ends), findings, base));
    if (limit < text.length)
      box.append(h("button", { type: "button", class: "more", onclick: () => fill(text.length) }, `show the other ${count(text.length - limit)} characters`));
  };
  fill(Math.min(LONGEST, text.length));
  return box;
}

function fence(source, program) {
  const lines = source.trim().split("\n").length;
  if (program && source.trim() === program.trim())
    return h("span", { class: "beside" }, `the program: ${lines === 1 ? "1 line" : `${count(lines)} lines`}`);
  return source.length > 20000 ? null : h("div", { class: "fence" }, code(source));
}

/** text[start:end], cut at the edges of findings, each run that one covers in a <mark>. */
function runs(text, start, end, findings, base) {
  const edges = new Set([start, end]);
  for (const finding of findings) for (const edge of [finding.start, finding.end]) if (edge > start && edge < end) edges.add(edge);
  const cuts = [...edges].sort((one, other) => one - other);
  const nodes = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    const covering = findings.filter((finding) => finding.start <= cuts[i] && finding.end > cuts[i]);
    const nodesHere = shown(text.slice(cuts[i], cuts[i + 1]));
    if (!covering.length) nodes.push(...nodesHere);
    else {
      const hard = covering.some((finding) => finding.severity === "hard");
      const numbers = covering.map((finding) => finding.number);
      const says = covering.map((finding) => `${finding.number}: ${plain(finding.message)}`).join("\n");
      nodes.push(
        h("mark", { class: hard ? "hard" : "soft", tabindex: "0", title: says, "aria-describedby": numbers.map((n) => `${base}-f${n}`).join(" ") }, nodesHere),
      );
    }
    for (const finding of findings)
      if (finding.end === cuts[i + 1] && finding.end > finding.start) nodes.push(h("sup", { class: "note" }, String(finding.number)));
  }
  return nodes;
}

/** A Python program, coloured. */
function code(given, errorLine) {
  const source = given.replace(/\n+$/, "");
  const body = h("code", {});
  if (source.length > 50000) body.append(...shown(source));
  else body.append(...coloured(hljs.highlight(source, { language: "python", ignoreIllegals: true })._emitter.rootNode));
  const lines = source.split("\n").length;
  const numbers = h("span", { class: "lines", "aria-hidden": "true" });
  for (let line = 1; line <= Math.min(lines, 2000); line++)
    numbers.append(line === errorLine ? h("b", { title: "the error arose here" }, String(line)) : String(line), "\n");
  return h("pre", { class: "code", tabindex: "0", dir: "ltr" }, lines > 1 ? numbers : null, body);
}

function coloured(node) {
  return node.children.flatMap((child) =>
    typeof child === "string" ? shown(child) : [h("span", { class: child.scope ? "hl-" + child.scope.split(".")[0] : null }, coloured(child))],
  );
}

const count = (number) => number.toLocaleString("en-US");
