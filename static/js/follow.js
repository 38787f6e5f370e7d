// The result page follows its payment until nothing more can happen, asking less and less often, and changes in place.
import { attendAll } from "./pay.js";

const PACE_S = [1, 2, 3, 5];
const SLOW_S = 15;
const BRISK_FOR_MS = 3 * 60 * 1000;
const AT_ALL_FOR_MS = 60 * 60 * 1000;

const began = Date.now();
let tries = 0;
let timer = 0;

function pause() {
  if (Date.now() - began > BRISK_FOR_MS) return SLOW_S;
  return PACE_S[Math.min(tries, PACE_S.length - 1)];
}

function next() {
  clearTimeout(timer);
  const result = document.getElementById("result");
  if (!result?.dataset.stateUrl || Date.now() - began > AT_ALL_FOR_MS) return;
  timer = setTimeout(look, pause() * 1000);
  tries += 1;
}

/** The same page as it is now; only its result takes the place of the old one. */
async function showNew() {
  const answer = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("result");
  if (!now) return;
  change(document.getElementById("result"), document.adoptNode(now));
  document.title = page.title;
}

/** The part that is read aloud stays the same element: screen readers tell what changes in it, and pass over a new one. */
function change(result, now) {
  for (const name of Object.keys(result.dataset)) delete result.dataset[name];
  Object.assign(result.dataset, now.dataset);
  const aloud = result.querySelector("[role=status]");
  const fresh = now.querySelector("[role=status]");
  aloud.className = fresh.className;
  aloud.replaceChildren(...fresh.childNodes);
  fresh.remove();
  while (aloud.nextSibling) aloud.nextSibling.remove();
  result.append(...now.childNodes);
  attendAll(result);
}

async function look() {
  const result = document.getElementById("result");
  const isPaying = result.querySelector("form[data-sent]"); // the cashier is open: leave its form alone
  if (!document.hidden && !isPaying) {
    try {
      const answer = await fetch(result.dataset.stateUrl, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (answer.status === 401) { location.reload(); return; }
      if (answer.ok) {
        const state = await answer.json();
        const { progress, title, part } = result.dataset;
        if (state.progress !== progress || state.text !== title || state.part !== part) await showNew();
      }
    } catch { /* no network for a moment: the next look tries again */ }
  }
  next();
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) { tries = 0; next(); }
});
next();
