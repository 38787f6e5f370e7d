// The login page goes on by itself when the phone has confirmed. Without scripts there is a link for it.

const EVERY_MS = 2000;
const FOR_MS = 4 * 60 * 1000;
const until = Date.now() + FOR_MS;

async function ask() {
  try {
    const answer = await fetch("/console/login/state", { headers: { Accept: "application/json" }, cache: "no-store" });
    const told = answer.ok ? await answer.json() : { state: "waiting" };
    if (told.state !== "waiting") { location.reload(); return; }
  } catch {
    // the network is away for a moment: ask again
  }
  if (Date.now() < until) setTimeout(ask, EVERY_MS);
}

setTimeout(ask, EVERY_MS);
