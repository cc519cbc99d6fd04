// What is known of a call beside its words: labels, people, voices, line, quality, reasoning, provenance.
"use strict";

antifraud.shown = (value) => {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  if (typeof value === "boolean") return antifraud.word(value ? "yes" : "no");
  if (Array.isArray(value)) return value.length ? value.map(antifraud.shown).join(", ") : "–";
  return typeof value === "object" ? JSON.stringify(value) : antifraud.label(value);
};

antifraud.facts = (title, values) => {
  const { h } = antifraud;
  const rows = Object.entries(values ?? {}).map(([key, value]) =>
    h("tr", {}, h("th", { scope: "row" }, antifraud.word(key).replaceAll("_", " ")), h("td", {}, antifraud.shown(value))));
  return rows.length ? h("section", { class: "facts" }, h("h3", {}, antifraud.word(title)), h("table", {}, h("tbody", {}, rows))) : null;
};

antifraud.allFacts = (record) => {
  const line = record.line && Object.fromEntries(Object.entries(record.line).filter(([key]) => key !== "sides"));
  const sides = Object.entries(record.line?.sides ?? {}).map(([side, found]) => [side, `${antifraud.label(found.noise)}${found.snr_db === null ? "" : `, ${found.snr_db} dB`}`]);
  return antifraud.h("div", { class: "grid" },
    antifraud.facts("caller", record.caller), antifraud.facts("callee", record.callee),
    antifraud.facts("voice_caller", record.voices?.caller), antifraud.facts("voice_callee", record.voices?.callee),
    antifraud.facts("line", line && { ...line, ...Object.fromEntries(sides) }),
    antifraud.facts("quality", record.quality), antifraud.facts("provenance", record.provenance),
    antifraud.facts("ending", record.ending));
};

// A round of reasoning; its evidence leads to the turn that it quotes.
antifraud.round = (round, show) => {
  const { h } = antifraud;
  const answer = Object.entries(round.answer).filter(([key, value]) => key !== "reason" && value !== null);
  return h("section", { class: "round" },
    h("h3", {}, antifraud.word(`task_${round.task}`)),
    h("p", { class: "question", lang: "zh-Hans" }, round.question),
    h("details", {}, h("summary", {}, antifraud.word("thinking")), h("p", { lang: "zh-Hans", class: "think" }, round.think)),
    h("p", { lang: "zh-Hans" }, round.answer.reason),
    h("p", { class: "chips" }, answer.map(([key, value]) => h("span", { class: "chip" }, `${antifraud.word(key)}: ${antifraud.shown(value)}`)),
      round.agreement === null || round.agreement === undefined ? null : h("span", { class: "chip" }, `${antifraud.word("agreement")}: ${antifraud.shown(round.agreement)}`)),
    h("ul", { class: "evidence" }, round.evidence.map((one) => h("li", {},
      h("button", { type: "button", onclick: () => show(one.turn) },
        `${antifraud.word("turn")} ${one.turn + 1}`), " ",
      h("q", { lang: "zh-Hans" }, one.quote), " ",
      one.act ? antifraud.chip("act", one.act) : null,
      one.measure ? h("span", { class: "chip" }, `${antifraud.word(one.measure)}: ${antifraud.shown(one.value)}`) : null))));
};

// What a model said, word for word, beside the right answer.
antifraud.answers = (model) => {
  const { h } = antifraud;
  return h("section", { class: "round" }, h("h3", {}, model.model), model.answers.map((answer) => {
    const isRight = answer.states === answer.reference;
    return h("div", { class: "answer" },
      h("p", { class: "chips" },
        h("strong", {}, antifraud.word(`task_${answer.task}`)),
        answer.reference ? h("span", { class: `chip ${isRight ? "safe" : "fraud"}` }, antifraud.word(isRight ? "right" : "wrong")) : null,
        h("span", { class: "chip" }, `${antifraud.word("states")}: ${antifraud.label(answer.states)}`),
        h("span", { class: "chip" }, `${antifraud.word("reference")}: ${answer.reference ? antifraud.label(answer.reference) : "–"}`)),
      h("pre", { lang: "zh-Hans", tabindex: 0 }, answer.raw ?? "–"),
      answer.reasoning ? h("details", {}, h("summary", {}, antifraud.word("thinking")), h("p", { class: "think", lang: "zh-Hans" }, answer.reasoning)) : null);
  }));
};
