// What every page loads. Home Assistant's app replaces the registry of elements when
// it starts: what is defined earlier is lost.
await customElements.whenDefined("home-assistant");
await Promise.all([import("./car-card.js"), import("./diary-card.js"), import("./strategy.js")]);
