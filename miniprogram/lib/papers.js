/** Pictures and papers of a report, as the client itself shows them. */

const ENDINGS = { 'application/pdf': 'pdf', 'image/png': 'png', 'image/jpeg': 'jpg' };
const FAILED = '这个文件没有打开，请再试一次。';

/**
 * Shows it in front of the page. Rejects with words for the person where the phone can't.
 * @param {import('../api/model').ReportFile} file
 * @returns {Promise<void>}
 */
async function show(file) {
  const ending = ENDINGS[/** @type {keyof typeof ENDINGS} */ (file.media_type)];
  if (!ending) throw new Error(FAILED);
  const path = `${wx.env.USER_DATA_PATH}/report.${ending}`; // one at a time: the next one takes its place
  await new Promise((resolve, reject) => {
    wx.getFileSystemManager().writeFile({ filePath: path, data: file.content_base64, encoding: 'base64', success: resolve, fail: () => reject(new Error(FAILED)) });
  });
  await new Promise((resolve, reject) => {
    const fail = () => reject(new Error(FAILED));
    if (ending === 'pdf') wx.openDocument({ filePath: path, fileType: 'pdf', success: resolve, fail });
    else wx.previewImage({ urls: [path], success: resolve, fail });
  });
}

module.exports = { show, FAILED };
