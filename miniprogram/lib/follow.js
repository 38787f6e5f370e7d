/** A page that changes by itself: it is loaded again and again until what it shows is over, or nobody sees it any more. */

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

/** What `onShow`, `onHide` and `onUnload` of such a page do. */
class Following {
  /**
   * @param {{ load: () => Promise<boolean>, isOver: () => boolean, tell?: (watching: boolean) => void }} page
   *   `load`: whether it worked; `tell` hears when it is begun to follow, and when that ends
   */
  constructor({ load, isOver, tell = () => undefined }) {
    this.load = load;
    this.isOver = isOver;
    this.tell = tell;
    this.isSeen = false;
    this.stop = () => {};
  }

  show() {
    this.isSeen = true;
    return this.look();
  }

  hide() {
    this.isSeen = false;
    this.stop();
  }

  /** Now, and again while it is not over and somebody sees it. */
  async look() {
    this.stop();
    await this.load();
    if (!this.isSeen || this.isOver()) return;
    this.stop(); // of a look that came back meanwhile
    const stop = follow(
      async () => (await this.load()) && this.isOver(),
      () => this.tell(false),
    );
    this.stop = () => {
      stop();
      this.stop = () => {};
      this.tell(false);
    };
    this.tell(true);
  }
}

module.exports = { Following };
