// WXSS as CSS: imports are put in, rpx become parts of the screen's width, names of WeChat's elements become their tags.

import { joined } from "./modules.js";

const IMPORT = /@import\s+["']([^"']+)["'];?/g;
const RPX = /(-?\d*\.?\d+)rpx\b/g;
const SCREEN_RPX = 750;
const ELEMENTS = /(^|[\s>+~,(])(view|text|icon|button|image|input|switch)(?=$|[\s>+~,.:#[)])/g;

/** The style sheets of app.wxss and of all components (`paths`), in this order. */
export function styles(files, paths) {
  return ["app", ...paths].filter((path) => files[`${path}.wxss`]).map((path) => sheet(whole(files, `${path}.wxss`)));
}

function whole(files, name) {
  return files[name].replace(IMPORT, (_all, asked) => {
    const where = joined(name, asked);
    if (files[where] === undefined) throw new Error(`${name} imports ${where}, which the package has not`);
    return whole(files, where);
  });
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text.replace(RPX, (_all, size) => `calc(100vw * ${size} / ${SCREEN_RPX})`));
  rename(made.cssRules);
  return made;
}

function rename(rules) {
  for (const rule of rules) {
    if (rule.selectorText) rule.selectorText = rule.selectorText.replace(ELEMENTS, "$1wx-$2");
    else if (rule.cssRules) rename(rule.cssRules);
  }
}
