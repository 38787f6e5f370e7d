'use strict';
/** WeChat's stack of pages over the simulator: what a tap opens is opened, what is covered is hidden, what is left is unloaded. */

const { open, until } = require('./pages');

const STACK_MAX = 10;

class Router {
  /** @param phone from `createPhone` */
  constructor(phone) {
    this.phone = phone;
    this.stack = [];
    /** The moves follow each other, as in WeChat. */
    this.moving = Promise.resolve();
    for (const kind of ['navigateTo', 'redirectTo', 'reLaunch', 'navigateBack']) {
      phone.wx[kind] = (given = {}) => {
        this.moving = this.moving.then(() => this[kind](given)).then(
          () => given.success && given.success({ errMsg: `${kind}:ok` }),
          (error) => (given.fail ? given.fail({ errMsg: `${kind}:fail ${error.message}` }) : Promise.reject(error)),
        );
      };
    }
  }

  get front() {
    return this.stack[this.stack.length - 1];
  }

  async start(page, query) {
    await this.reLaunch({ url: `/${page}`, query });
  }

  async navigateTo(given) {
    if (this.stack.length >= STACK_MAX) throw new Error('webview count limit exceed');
    if (this.front && this.front.page.onHide) this.front.page.onHide();
    if (this.front) this.front.place.remove();
    await this.push(given);
  }

  async redirectTo(given) {
    this.pop();
    await this.push(given);
  }

  async reLaunch(given) {
    while (this.stack.length) this.pop();
    await this.push(given);
  }

  async navigateBack() {
    if (this.stack.length < 2) throw new Error('cannot navigate back at first page');
    this.pop();
    document.body.appendChild(this.front.place);
    await this.front.shows();
  }

  async push({ url, query }) {
    const [name, search = ''] = url.replace(/^\//, '').split('?');
    const opened = await open(name, query || Object.fromEntries(new URLSearchParams(search)), (screen) => this.stack.push(screen));
    return opened;
  }

  /** Until this page (any, if none is named) is in front and shows these words. */
  shows(page, words) {
    const isThere = () => this.front && (!page || this.front.name === `pages/${page}/${page}`) && this.front.text().includes(words);
    return until(isThere, () => `${page || ''} “${words}”; there is ${this.front && this.front.name}: ${this.front && this.front.text()}`);
  }

  pop() {
    const left = this.stack.pop();
    if (left) left.close();
  }
}

module.exports = { Router };
