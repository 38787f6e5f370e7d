// npm's wechat on Node's own http: check, decrypt, parse, answer, encrypt.
const http = require('http');
const fs = require('fs');
const wechat = require('wechat');

const [port, file] = process.argv.slice(2);
const { token, appid, encoding_aes_key: encodingAESKey } = JSON.parse(fs.readFileSync(file, 'utf8')).wechat;
const answer = wechat({ token, appid, encodingAESKey }, (request, response) => response.reply('hello'));

http
  .createServer((request, response) => {
    request.query = Object.fromEntries(new URL(request.url, 'http://localhost').searchParams);
    answer(request, response, (error) => response.writeHead(500).end(String(error)));
  })
  .listen(Number(port), '127.0.0.1');
