/**
 * Where the phone is now; the server says whether that is at the hospital, and keeps nothing of it.
 * @returns {Promise<{ latitude: number, longitude: number, accuracy: number } | null>} null when the person or the phone does not say it
 */
function read() {
  return new Promise((resolve) => {
    wx.getLocation({
      type: 'wgs84',
      isHighAccuracy: true,
      highAccuracyExpireTime: 4000,
      success: (told) => resolve({ latitude: told.latitude, longitude: told.longitude, accuracy: told.accuracy }),
      fail: () => resolve(null),
    });
  });
}

module.exports = { read };
