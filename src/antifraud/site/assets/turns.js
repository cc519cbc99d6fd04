// What was said: one item a turn, with its acts, its emotion and the words that are quoted as evidence.
"use strict";

// Text with its quotes marked, the first ones first where two overlap; a quote that is not in it marks nothing.
antifraud.quoted = (text, quotes) => {
  const cuts = [];
  for (const quote of quotes) {
    const start = text.indexOf(quote.quote);
    const end = start + quote.quote.length;
    if (start >= 0 && cuts.every((cut) => end <= cut.start || cut.end <= start)) cuts.push({ start, end, decisive: quote.decisive });
  }
  const parts = [];
  let done = 0;
  for (const cut of cuts.sort((one, other) => one.start - other.start)) {
    parts.push(text.slice(done, cut.start), antifraud.h("mark", { class: cut.decisive && "decisive" }, text.slice(cut.start, cut.end)));
    done = cut.end;
  }
  return [...parts, text.slice(done)];
};

antifraud.chip = (kind, value) => antifraud.h("span", { class: `chip ${kind}`, title: value }, antifraud.label(value));

const fraudActs = new Set([
  "ask_secret", "ask_remote_control", "ask_transfer", "ask_prepayment", "secrecy", "refuse_verification", "ultimatum",
]);
const safeActs = new Set([
  "allow_verify", "accept_hangup", "original_route", "official_payment", "warn", "no_pressure",
]);

antifraud.turn = (record, turn, seek) => {
  const { h } = antifraud;
  const segment = (record.segments ?? []).find((one) => one.turn === turn.index);
  const isDecisive = record.decisive?.turn === turn.index;
  const quotes = (record.rounds ?? []).flatMap((round) => round.evidence).filter((one) => one.turn === turn.index);
  if (isDecisive) quotes.unshift({ ...record.decisive, decisive: true });
  const side = turn.speaker === "caller" ? "caller" : "callee";
  const acts = (turn.acts ?? []).map((act) =>
    antifraud.chip(fraudActs.has(act) ? "act fraud" : safeActs.has(act) ? "act safe" : "act", act));
  const emotion = turn.emotion && turn.emotion !== "neutral" ? antifraud.chip("emotion", turn.emotion) : null;
  const start = segment && seek
    ? h("button", { type: "button", class: "seek", "aria-label": `${antifraud.word("play_from")} ${antifraud.clock(segment.start_seconds)}` },
      antifraud.clock(segment.start_seconds))
    : h("span", { class: "seek" }, `${turn.index + 1}`);
  const item = h("li", { class: `turn ${side}${isDecisive ? " decisive" : ""}`, "data-turn": turn.index },
    h("div", { class: "side" }, start, h("span", { class: "who" }, antifraud.word(side))),
    h("div", { class: "said" },
      h("p", { lang: "zh-Hans" }, antifraud.quoted(turn.text, quotes)),
      h("p", { class: "chips" }, isDecisive ? h("span", { class: "chip decided" }, antifraud.word("decisive")) : null, acts, emotion)));
  if (segment && seek) item.addEventListener("click", () => seek(segment.start_seconds));
  return item;
};
