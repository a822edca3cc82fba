// An opened row: the problem, then what each strategy made of it, down to every attempt and turn.

const FINISH = { length: "out of tokens", cut: "cut off", deadline: "out of time" };
let opened = 0; // makes the ids of findings unique

async function fillDetail(index, row, box, contender) {
  const [text, ...records] = await Promise.all([fetched(index.text[row]), ...index.cells.map((cells) => fetched(cells.place[row]))]);
  const category = index.categories[index.category[row]];
  const level = index.levels[index.level[row]];
  const first = contender ?? Math.max(0, records.findIndex(Boolean));
  box.replaceChildren(
    h(
      "section",
      { class: "statement", "aria-label": "problem" },
      h("h3", {}, shown(`${index.sets[index.set[row]]} / ${index.id[row]}`)),
      h("p", { class: "facts" }, shown([category, level].filter(Boolean).join(" · "))),
      text === null ? h("p", { class: "muted" }, "The texts of this run were left out.") : prose(text, [], "p"),
      h("p", { class: "gold" }, h("span", { class: "label" }, "reference answer"), " ", value(index.gold[row])),
    ),
    ...records.map((record, number) => record && result(index, row, number, record, number === first)),
  );
}

function result(index, row, number, record, open) {
  const cells = index.cells[number];
  const outcome = index.outcomes[cells.outcome[row]];
  const cause = index.causes[cells.cause[row]];
  const facts = [
    `${count(cells.tokens[row])} tokens`,
    record.seconds ? `${record.seconds.toFixed(1)} s` : "",
    record.attempts.length > 1 ? `agreement ${Math.round(record.agreement * 100)}%` : "",
    cause,
  ];
  return lazily(
    h(
      "summary",
      {},
      h("span", { class: `mark ${outcome}` }, MARKS[outcome]),
      h("b", {}, shown(index.contenders[number])),
      h("span", { class: "outcome" }, outcome),
      cells.answer[row] ? value(cells.answer[row], record.latex) : h("span", { class: "muted" }, "no answer"),
      h("span", { class: "facts" }, shown(facts.filter(Boolean).join(" · "))),
    ),
    { class: "result" },
    () => [
      record.failure &&
        h("p", { class: "trouble" }, shown(`${record.failure.type} after ${record.failure.tries} tries: ${record.failure.message}`)),
      record.rule && h("p", { class: "facts" }, "compared: ", shown(record.rule)),
      votes(record),
      record.explanation && h("div", { class: "explanation" }, h("h5", {}, "Explanation"), marked(record.explanation, record.explanation_findings)),
      record.attempts.map((attempt, i) => attempts(attempt, i, record)),
    ],
    open,
  );
}

/** A <details> that is filled when it is first opened, or printed. */
function lazily(summary, attributes, content, open) {
  const node = h("details", attributes, summary);
  node.fill = () => {
    node.fill = null;
    node.append(...content().flat(3).filter(Boolean));
  };
  node.addEventListener("toggle", () => node.open && node.fill?.());
  if (open) {
    node.fill();
    node.open = true;
  }
  return node;
}

function votes(record) {
  if (!record.votes?.length || record.attempts.length < 2) return null;
  const most = Math.max(...record.votes.map((vote) => vote[1]), 1e-9);
  return h(
    "table",
    { class: "votes" },
    h("caption", {}, "Votes by class of equal answers"),
    h("thead", {}, h("tr", {}, ["answer", "weight", "attempts"].map((name) => h("th", { scope: "col" }, name)))),
    h(
      "tbody",
      {},
      record.votes.map(([answer, weight, from]) =>
        h(
          "tr",
          {},
          h("td", {}, value(answer)),
          h("td", { class: "number" }, h("meter", { min: "0", max: String(most), value: String(weight), "aria-hidden": "true" }), ` ${Number(weight.toFixed(3))}`),
          h("td", {}, from.map((number) => number + 1).join(", ")),
        ),
      ),
    ),
  );
}

function attempts(attempt, number, record) {
  const alone = record.attempts.length === 1;
  const outcome = attempt.outcome && attempt.outcome !== "none" ? attempt.outcome : "";
  const facts = [
    attempt.seed === undefined ? "" : `seed ${attempt.seed}`,
    attempt.turns.length > 1 ? `${attempt.turns.length} turns` : "",
    attempt.halt ? `ended: ${attempt.halt}` : "",
    attempt.weight ? `weighs ${Number(attempt.weight.toFixed(3))}` : "",
  ];
  return lazily(
    h(
      "summary",
      {},
      h("span", { class: `mark ${outcome || "abstained"}` }, MARKS[outcome] || MARKS.abstained),
      `attempt ${number + 1}`,
      attempt.answer ? value(attempt.answer) : null,
      h("span", { class: "facts" }, facts.filter(Boolean).join(" · ")),
    ),
    { class: "attempt" },
    () => attempt.turns.map((turn, i) => turnNode(turn, i)),
    alone || number === (record.votes?.[0]?.[2][0] ?? 0),
  );
}

function turnNode(turn, number) {
  const facts = [
    turn.strategy,
    turn.language,
    turn.temperature === undefined ? "" : `T ${Number(turn.temperature.toFixed(2))}`,
    turn.seed === undefined ? "" : `seed ${turn.seed}`,
    `${turn.estimated ? "about " : ""}${count(turn.tokens ?? 0)} tokens`,
    turn.seconds ? `${turn.seconds.toFixed(1)} s` : "",
    FINISH[turn.finish],
    turn.cause,
  ];
  const why = turn.because ? ` after ${turn.because}` : "";
  return h(
    "article",
    { class: "turn" },
    h(
      "h5",
      {},
      `Turn ${number + 1}`,
      turn.mode && h("span", { class: `mode ${turn.mode}` }, shown(turn.mode + why)),
      turn.outcome && turn.outcome !== "none" ? h("span", { class: `outcome ${turn.outcome}` }, `${MARKS[turn.outcome]} ${turn.outcome}${turn.taken ? "" : ", not taken"}`) : null,
      h("span", { class: "facts" }, shown(facts.filter(Boolean).join(" · "))),
    ),
    turn.feedback ? h("div", { class: "feedback" }, h("h6", {}, "What the model was told"), h("pre", { dir: "auto" }, shown(turn.feedback))) : null,
    turn.text === undefined ? null : h("div", { class: "columns" }, bare(turn) ? null : written(turn), ran(turn)),
  );
}

/** Whether the completion is its program in a fence and nothing else, so that showing it would show the program twice. */
function bare(turn) {
  const source = programOf(turn)?.trim();
  const rest = source && !turn.findings.length ? turn.text.replace(source, () => "").trim() : turn.text;
  return Boolean(source) && /^(```\w*\s*(```)?)?$/.test(rest);
}

function written(turn) {
  return h("div", { class: "written" }, h("h6", {}, "Completion"), turn.text ? marked(turn.text, turn.findings, programOf(turn)) : h("p", { class: "muted" }, "empty"));
}

/** The program, or where in the completion it stands. */
function programOf({ program, text }) {
  return Array.isArray(program) ? text.slice(...program) : program;
}

/** A text with its findings marked in it and listed below. */
function marked(text, given, program) {
  const base = `d${opened++}`;
  const findings = given.map(([kind, rule, severity, message, start, end], i) => ({ number: i + 1, kind, rule, severity, message, start, end }));
  return [
    prose(text, findings, base, program),
    findings.length
      ? h(
          "ol",
          { class: "findings" },
          findings.map((finding) =>
            h("li", { id: `${base}-f${finding.number}`, class: finding.severity }, h("b", {}, `${finding.kind} (${finding.severity})`), " ", shown(finding.message), h("code", {}, finding.rule)),
          ),
        )
      : null,
  ];
}

function ran(turn) {
  const { execution } = turn;
  const source = programOf(turn);
  if (!source && !execution && !turn.answer) return null;
  return h(
    "div",
    { class: "ran" },
    source ? [h("h6", {}, bare(turn) ? "Program: the completion holds nothing else" : "Program"), code(source, execution?.line)] : null,
    execution ? output(execution) : null,
    turn.answer ? h("p", { class: "taken" }, h("span", { class: "label" }, `answer, from ${turn.answer[1]}`), " ", value(turn.answer[0])) : null,
  );
}

function output(execution) {
  const facts = [`${execution.wall_s.toFixed(2)} s`, `${execution.peak_mb.toFixed(0)} MB`, execution.truncated ? `${count(execution.truncated)} bytes cut` : ""];
  return [
    h("h6", {}, "Execution", h("span", { class: `status ${execution.status}` }, execution.status), h("span", { class: "facts" }, facts.filter(Boolean).join(" · "))),
    execution.message ? h("p", { class: "message" }, shown(execution.message)) : null,
    stream("stdout", execution.stdout),
    stream("stderr", execution.stderr),
  ];
}

function stream(name, text) {
  return text ? h("div", { class: "stream" }, h("span", { class: "label" }, name), h("pre", { tabindex: "0", dir: "ltr" }, shown(text.slice(0, 20000)), text.length > 20000 ? " …" : "")) : null;
}
