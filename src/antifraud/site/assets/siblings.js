// The storyline of a call: its tree, and another call of it side by side from where the two part.
"use strict";

antifraud.tree = (entry, story, other) => {
  const { h } = antifraud;
  const nodes = new Map(story.nodes.map((node) => [node.path, node]));
  const calls = story.calls.toSorted((one, two) => (one.leaf ?? "") < (two.leaf ?? "") ? -1 : 1);
  const item = (call) => {
    const gists = [...nodes.values()].filter((node) => node.path !== "0" && (call.leaf === node.path || call.leaf?.startsWith(`${node.path}.`)));
    const isThis = call.key === entry.key;
    const link = isThis
      ? h("strong", {}, antifraud.word("this_call"))
      : h("a", { href: antifraud.callAddress(call.key) }, call.id);
    const beside = isThis ? null : h("a", {
      class: "beside", href: antifraud.callAddress(entry.key, call.key === other ? {} : { with: call.key }),
      "aria-current": call.key === other && "true",
    }, antifraud.word(call.key === other ? "close" : "side_by_side"));
    return h("li", {}, link, " ", antifraud.chip(call.is_fraud ? "act fraud" : "act safe", call.branch ?? (call.is_fraud ? "fraud" : "lawful")), " ",
      call.outcome ? antifraud.chip("", call.outcome) : null, " ", call.decisive ? antifraud.chip("act", call.decisive) : null, " ", beside,
      gists.length ? h("p", { class: "path", lang: "zh-Hans" }, gists.map((node) => node.gist).join(" → ")) : null);
  };
  return h("section", { id: "tree" }, h("h2", {}, antifraud.word("storyline")), h("ul", { class: "tree" }, calls.map(item)));
};

antifraud.sideBySide = (entry, other) => {
  const { h } = antifraud;
  const [one, two] = [entry.record, other.record];
  let shared = 0;
  while (shared < one.turns.length && shared < two.turns.length
    && one.turns[shared].text === two.turns[shared].text && one.turns[shared].speaker === two.turns[shared].speaker) shared += 1;
  const column = (record, from) => h("ol", { class: "turns", start: from + 1 }, record.turns.slice(from).map((turn) => antifraud.turn(record, turn, null)));
  const head = (record) => h("h3", {}, record.id, " ", antifraud.chip(record.is_fraud ? "act fraud" : "act safe", record.branch ?? (record.is_fraud ? "fraud" : "lawful")));
  return h("section", { id: "beside" }, h("h2", {}, antifraud.word("side_by_side")),
    h("details", {}, h("summary", {}, `${antifraud.word("shared_opening")}: ${shared} ${antifraud.word("turns")}`),
      h("ol", { class: "turns" }, one.turns.slice(0, shared).map((turn) => antifraud.turn(one, turn, null)))),
    h("div", { class: "two" }, h("div", {}, head(one), column(one, shared)), h("div", {}, head(two), column(two, shared))));
};
