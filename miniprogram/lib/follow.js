/** A page that changes by itself: it is loaded again and again until what it shows is over, or nobody sees it any more. */

/** Quick while the cashier's result is fresh, then slower; after the last one nobody waits in front of the phone. */
const PAUSES_MS = [800, 1000, 1500, 2000, 2000, 3000, 3000];
const LATER_MS = 5000;
const LOOKS_MAX = 150;

/** What `onShow`, `onHide` and `onUnload` of such a page do. */
class Following {
  /**
   * @param {{ load: () => Promise<boolean>, isOver: () => boolean, tell?: (watching: boolean) => void }} page
   *   `tell` hears when it is begun to follow, and when that ends
   */
  constructor({ load, isOver, tell = () => undefined }) {
    this.load = load;
    this.isOver = isOver;
    this.tell = tell;
    this.isSeen = false;
    this.looks = 0;
    /** 0 while nothing is followed. */
    this.timer = 0;
  }

  show() {
    this.isSeen = true;
    return this.look();
  }

  hide() {
    this.isSeen = false;
    this.rest();
  }

  /** Now, and again while it is not over and somebody sees it. */
  async look() {
    this.rest();
    this.looks = 0;
    await this.load();
    this.later();
  }

  later() {
    if (!this.isSeen || this.isOver() || this.looks >= LOOKS_MAX) {
      this.rest();
      return;
    }
    if (!this.timer) this.tell(true);
    clearTimeout(this.timer); // of a look that came back meanwhile
    this.timer = setTimeout(() => this.again(), PAUSES_MS[this.looks] || LATER_MS);
    this.looks += 1;
  }

  async again() {
    await this.load().catch(() => false);
    if (this.timer) this.later(); // otherwise left meanwhile
  }

  rest() {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = 0;
    this.tell(false);
  }
}

/** Spread into a page that is followed by its `following`. */
const whenSeen = {
  /** @this {{ following: Following }} */
  async onShow() {
    await this.following.show();
  },
  /** @this {{ following: Following }} */
  onHide() {
    this.following.hide();
  },
  /** @this {{ following: Following }} */
  onUnload() {
    this.following.hide();
  },
  /** @this {{ following: Following }} */
  async onPullDownRefresh() {
    await this.following.look();
    wx.stopPullDownRefresh();
  },
};

module.exports = { Following, whenSeen };
