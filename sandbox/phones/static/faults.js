// The drill panel: faults in plain words, each one rule of `PUT /sandbox/faults` (sandbox/README.md).

import { ask, el, show, tell } from "./live.js";

const DRILLS = [
  ["医院入账：做了，没应答", { where: "his.bill.confirm", what: "timeout_after_work" }],
  ["医院不肯入账", { where: "his.bill.confirm", what: "refuse", code: "REFUSED", message: "演练：医院不肯入账" }],
  ["医院系统断线", { where: "his.*", what: "down" }],
  ["短信：发了，没应答", { where: "sms.send", what: "timeout_after_work" }],
];
const TIMES = [["一次", 1], ["三次", 3], ["一直", null]];

/** What can go wrong on one platform joins the list (its desk.js). */
export const addDrills = (drills) => DRILLS.unshift(...drills);

const nameOf = (rule) => DRILLS.find(([, known]) => known.where === rule.where && known.what === rule.what)?.[0] ?? `${rule.where} ${rule.what}`;
const left = (rule) => (rule.times === null || rule.times === undefined ? "一直" : `还有 ${rule.times} 次`);

/** Read, change, write the whole: the rules count down by themselves, so what is old here must not be written back. */
async function change(edit) {
  const faults = await ask("/sandbox/faults");
  await tell("/sandbox/faults", { ...faults, rules: edit(faults.rules) }, "PUT");
}

const same = (one, other) => JSON.stringify([one.where, one.what]) === JSON.stringify([other.where, other.what]);

function form(refresh) {
  const pick = el("select", { name: "drill" }, DRILLS.map(([name], i) => el("option", { value: i }, name)));
  const times = el("select", { name: "times" }, TIMES.map(([name], i) => el("option", { value: i }, name)));
  const made = el("form", {}, el("label", {}, "出什么事", pick), el("label", {}, "几次", times), el("button", { class: "key" }, "开始演练"));
  made.onsubmit = async (event) => {
    event.preventDefault();
    const rule = { ...DRILLS[pick.value][1], times: TIMES[times.value][1] };
    await refresh(() => change((rules) => [...rules.filter((old) => !same(old, rule)), rule]));
  };
  return made;
}

/** Draw the panel into `place`; the form only once, so that a refresh takes nothing from the person's hands. */
export async function drawFaults(place, say) {
  const refresh = async (doing) => {
    try { await doing(); say(""); } catch (error) { say(error.message); }
    await drawFaults(place, say);
  };
  if (!place.firstChild) place.append(el("ul", { "aria-label": "正在演练" }), form(refresh));
  const { rules } = await ask("/sandbox/faults");
  const live = rules.filter((rule) => rule.times !== 0);
  show(place.firstChild, live.map((rule) => el("li", {}, el("span", {}, `${nameOf(rule)} · ${left(rule)}`),
    el("button", { class: "quiet", type: "button", "data-rule": `${rule.where} ${rule.what}`, onclick: () => refresh(() => change((all) => all.filter((old) => !same(old, rule)))) }, "撤掉"))));
}
