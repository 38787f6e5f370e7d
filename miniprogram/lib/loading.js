const { Problem, textOf } = require('../api/problem');

/**
 * What `components/screen` shows: loading (skeleton), ready, failed, offline.
 * @typedef {'loading' | 'ready' | 'failed' | 'offline'} ScreenState
 * @typedef {{ data: { state: ScreenState, problem: string }, setData(changed: Record<string, any>): void }} LoadingPage
 */

/** Among the data of every page that `fill` fills: nothing is loaded yet. */
const LOADING = { state: /** @type {ScreenState} */ ('loading'), problem: '' };

/** Spread into a page that `load` fills: pulling it down loads it again. */
const whenPulled = {
  /** @this {{ load(): Promise<unknown> }} */
  async onPullDownRefresh() {
    await this.load();
    wx.stopPullDownRefresh();
  },
};

/** Spread into a page whose content may be another one when the person comes back to it: showing it loads it, too. */
const whenShown = {
  ...whenPulled,
  /** @this {{ load(): Promise<unknown> }} */
  async onShow() {
    await this.load();
  },
};

/** @type {WeakMap<LoadingPage, object>} what each page was asked to show last */
const newest = new WeakMap();

/**
 * Fills a page. A page that already shows something keeps it and says the problem above it; an empty one shows the problem.
 * What a page was asked to show later counts, whichever answer comes first.
 * @param {LoadingPage} page
 * @param {() => Promise<Record<string, any>>} work what the page shall show
 * @returns {Promise<boolean>} false when it failed; what was asked for later decides for what was overtaken
 */
async function fill(page, work) {
  newest.set(page, work);
  const overtaken = () => newest.get(page) !== work;
  try {
    const shown = await work();
    if (!overtaken()) page.setData({ ...shown, state: 'ready', problem: '' });
    return true;
  } catch (error) {
    if (overtaken() && error instanceof Problem) return true;
    const problem = textOf(error);
    const unreachable = error instanceof Problem && error.status === 0;
    page.setData(page.data.state === 'ready' ? { problem } : { state: unreachable ? 'offline' : 'failed', problem });
    if (!(error instanceof Problem)) throw error; // a mistake of ours: the person has been told, whoever maintains this shall be too
    return false;
  }
}

module.exports = { LOADING, fill, whenPulled, whenShown };
