// What every page loads. Home Assistant's app replaces the registry of elements when
// it starts: what is defined earlier is lost.
await customElements.whenDefined("home-assistant");
const [{ loadSoon }] = await Promise.all([import("./texts.js"), import("./car-card.js"), import("./diary-card.js"), import("./strategy.js")]);
loadSoon();
