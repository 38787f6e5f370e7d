"""The mini-program on a WeChat phone: this repository's own package, run by WeChat's component engine in the browser."""
