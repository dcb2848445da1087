// The icons of the cards: strokes in a box of 24.

export const PATHS = {
	bolt: "M13 3 5 14h6l-1 7 8-11h-6l1-7Z",
	charge_stop: "M8 8h8v8H8zM12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z",
	check: "m5 12.5 4.5 4.5L19 7.5",
	fuel: "M5 20V6a2 2 0 0 1 2-2h5a2 2 0 0 1 2 2v14M4 20h11M8 8h3M14 12h1.5a1.5 1.5 0 0 1 1.5 1.5V16a1.5 1.5 0 0 0 3 0V9l-3-3",
	lock: "M7 11V8a5 5 0 0 1 10 0v3M6 11h12v9H6z",
	pin: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11ZM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
	plug: "M9 3v5M15 3v5M6.5 8h11v3a5.5 5.5 0 0 1-11 0V8ZM12 16.5V21",
	port: "M6 4h9v16H6zM15 6h3v12h-3M10.8 8.5 9 12.2h3l-1.6 3.3",
	question: "M9 9.5a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2M12 17.5v.01M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Z",
	refresh: "M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3.5v4h-4",
	road: "M8 4 4 20M16 4l4 16M12 5v2M12 11v2.5M12 17v3",
	sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
	thermometer: "M10 13.5V5.5a2 2 0 0 1 4 0v8a4 4 0 1 1-4 0ZM12 10v7",
	unlock: "M7 11V8a5 5 0 0 1 9.6-2M6 11h12v9H6z",
};

export const icon = (name) => ["i icon", { key: name, html: `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${PATHS[name]}"/></svg>` }];
