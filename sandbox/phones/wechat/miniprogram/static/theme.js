// Dark and light: what the phone is in, and the colours that app.json names for the client's own parts (theme.json).
// https://developers.weixin.qq.com/miniprogram/dev/framework/ability/darkmode.html

const dark = matchMedia("(prefers-color-scheme: dark)");

export class Theme {
  /** @param {{ darkmode?: boolean, themeLocation?: string }} app app.json @param {Record<string, string>} files the package */
  constructor(app, files) {
    this.hears = Boolean(app.darkmode);
    this.named = app.themeLocation ? JSON.parse(files[app.themeLocation]) : {};
  }

  get name() { return this.hears && dark.matches ? "dark" : "light"; }

  /** A package without `darkmode` stays light whatever the phone is in. */
  onChange(changed) { dark.addEventListener("change", changed); }

  /** `@name` is looked up in theme.json. */
  colour(value, otherwise) {
    if (!value?.startsWith("@")) return value || otherwise;
    return this.named[this.name]?.[value.slice(1)] ?? otherwise;
  }

  /** What the bar above a page shows, of app.json's `window` and the page's own JSON. */
  bar(settings) {
    return {
      title: settings.navigationBarTitleText || "",
      ground: this.colour(settings.navigationBarBackgroundColor, "#000000"),
      ink: this.colour(settings.navigationBarTextStyle, "white"),
    };
  }
}
