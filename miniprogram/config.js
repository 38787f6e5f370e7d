/**
 * The only file that an installation changes: where the hospital's Zhenfu is, and under which name it knows the hospital.
 * Nothing here is secret, and nothing secret belongs here: whoever installs the mini-program can read it.
 */
module.exports = {
  /** https, and listed among the request domains of the mini-program's account (docs/mini-program.md). */
  origin: 'https://pay.hospital.example',
  hospital: 'demo',
};
