const { textOf } = require('../api/problem');

/** Among the data of every page whose taps `busily` does. */
const IDLE = { busy: false, refusal: '' };

/**
 * What a tap does, one tap at a time. Why it did not work is said on the page.
 * @param {{ data: typeof IDLE, setData(changed: Partial<typeof IDLE>): void }} page
 * @param {() => Promise<unknown>} work
 * @param {(error: unknown) => unknown} [failed] what follows then
 */
async function busily(page, work, failed = () => undefined) {
  if (page.data.busy) return;
  page.setData({ busy: true, refusal: '' });
  try {
    await work();
  } catch (error) {
    page.setData({ refusal: textOf(error) });
    await failed(error);
  } finally {
    page.setData({ busy: false });
  }
}

module.exports = { IDLE, busily };
