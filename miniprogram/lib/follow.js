/** Looks at a payment again and again until it is final, or until nobody looks at the page any more. */

/** Quick while the cashier's result is fresh, then slower; after the last one nobody waits in front of the phone. */
const PAUSES_MS = [800, 1000, 1500, 2000, 2000, 3000, 3000];
const LATER_MS = 5000;
const LOOKS_MAX = 150;

/**
 * @param {() => Promise<boolean>} look whether the payment is final; a failed look answers false
 * @param {() => void} [gaveUp]
 * @returns {() => void} stops it
 */
function follow(look, gaveUp) {
  let stopped = false;
  let looks = 0;
  let timer = 0;

  function later() {
    timer = setTimeout(again, PAUSES_MS[looks] || LATER_MS);
    looks += 1;
  }

  async function again() {
    const final = await look().catch(() => false);
    if (stopped || final) return;
    if (looks >= LOOKS_MAX) {
      if (gaveUp) gaveUp();
      return;
    }
    later();
  }

  later();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

module.exports = { follow };
