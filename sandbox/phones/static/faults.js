export async function drawFaults(place) { place.textContent = ""; }
