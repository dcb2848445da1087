// How the car card looks. Colours come from the theme.

export const STYLES = `
ha-card { overflow: hidden }
.card {
	--base: var(--ha-card-background, var(--card-background-color));
	--paint: var(--smartcar-body-color, color-mix(in oklab, var(--text) 17%, var(--base)));
	--light: color-mix(in oklab, var(--paint) 78%, #fff);
	--dark: color-mix(in oklab, var(--paint) 78%, #000);
	--outline: var(--smartcar-outline-color, color-mix(in oklab, var(--text) 62%, var(--base)));
	--glass: var(--smartcar-glass-color, #34444f);
	--inside: #1f262b;
	--open: var(--smartcar-open-color, var(--warning-color));
	--bad: var(--smartcar-alert-color, var(--error-color));
	--bad-text: color-mix(in oklab, var(--bad) 78%, var(--text));
	--flow: var(--smartcar-charging-color, var(--success-color));
	--soft: color-mix(in srgb, var(--text) 8%, transparent);
	--label: 15px;
	box-sizing: border-box; max-height: 100%; padding: 16px; color: var(--text); display: grid; gap: 12px;
	grid-template: "head" "note" "car" minmax(0, 1fr) "facts" "details" "acts" / minmax(0, 1fr);
	font-size: var(--ha-font-size-m); line-height: 1.4;
}

#picture { display: block; width: 100%; height: 100%; overflow: visible; direction: ltr; * { transform-box: view-box } }
.hit { fill: none; stroke: none; pointer-events: all }
[data-state=absent] .hit { pointer-events: none }
.part[role] { cursor: pointer; outline: none }
.part:focus-visible .hit { stroke: var(--primary-color); stroke-width: 4 }
.dark { stop-color: var(--dark) } .mid { stop-color: var(--paint) } .light { stop-color: var(--light) }
.pale { stop-color: color-mix(in oklab, var(--glass) 76%, #fff) } .deep { stop-color: var(--glass) }
.bright, .gone { stop-color: #fff3c4; stop-opacity: .75 } .near { stop-opacity: .16 } .gone, .far { stop-opacity: 0 }
.ground { fill: url(#ground) }
.body, .roof, .skin { fill: url(#paint); stroke: var(--outline); stroke-width: .9; stroke-opacity: .6 }
.body { stroke-width: 1.6; stroke-opacity: 1 }
.crease, .cable, .moon, .shackle, .plug, .climate { fill: none; stroke-linecap: round }
.crease { stroke: var(--outline); opacity: .35 }
.inside, .bay, .gap { fill: var(--inside) }
.glass, .pane { fill: url(#glass) }
.pane { stroke: var(--outline); stroke-width: .6 }
.shine { fill: #fff; opacity: .13 }
.lid .skin { fill: var(--light) }
.lid:not([data-open]) .bay, .beams, .moon { opacity: 0 }
.door .skin, .mirror { fill: var(--paint) }
.mirror { stroke: var(--outline) }
.rubber { fill: color-mix(in oklab, #23282c 88%, var(--text)) }
.head { fill: color-mix(in oklab, #fff 72%, var(--dark)) } .tail { fill: #b4484c }
.beams { fill: url(#beam) }
[data-driving] { .beams { opacity: 1 } .head { fill: #ffe9a8 } .tail { fill: #e5484d } }
.moon { stroke: var(--outline); stroke-width: 1.8; stroke-linejoin: round }
[data-asleep] .moon { opacity: .8 }

.leaf, .flap, .pane { transition: transform .5s cubic-bezier(.3, .7, .3, 1) }
.front.leaf { transform-origin: 50.5px 110px } .rear.leaf { transform-origin: 49.5px 168.5px }
.leaf:has(> .door[data-open]) { transform: rotate(48deg) }
#hood .flap { transform-origin: 100px 99px } #trunk .flap { transform-origin: 100px 243px }
.lid[data-open] .flap { transform: scaleY(.6) }
.pane { transform-origin: 58.6px 160px } [data-open] .pane { transform: scaleX(.3) }
#sunroof .pane { transform-origin: 100px 168px } #sunroof[data-open] .pane { transform: scaleY(.4) }

[data-state=open] { --mark: var(--open) } [data-state=bad] { --mark: var(--bad) }
[data-open] {
	:is(.skin, .gap, .mirror, .bay) { stroke: var(--mark); stroke-width: 2.2; stroke-opacity: 1 }
	&.door .skin { fill: color-mix(in srgb, var(--mark) 32%, var(--paint)) }
	.gap { fill: color-mix(in srgb, var(--mark) 55%, var(--inside)) }
}
[data-state=unknown] :is(.skin, .pane, .rubber) {
	fill: color-mix(in oklab, var(--paint) 35%, var(--base)); stroke: var(--outline); stroke-opacity: 1; stroke-width: 1.2; stroke-dasharray: 3.5 2.5;
}
[data-state=bad] .rubber { fill: var(--bad); stroke: var(--bad); stroke-width: 2 }
.label {
	fill: var(--text); font-size: var(--label); font-weight: 500;
	.unit { fill: var(--quiet); font-size: calc(var(--label) * .8); font-weight: 400; display: none }
	&[data-state=bad] .value { fill: var(--bad-text); font-weight: 700 }
	&.left { text-anchor: end }
}

.badge { fill: var(--base); stroke: var(--ring); stroke-width: 2.2 }
[data-state=unknown] .badge { stroke-dasharray: 4 3.4 }
.lock {
	--ring: var(--state-lock-locked-color);
	&[data-open] { --ring: var(--open); .shackle { transform: rotate(32deg) } }
	&[data-state$=locking] { --ring: var(--state-lock-locking-color) }
	&[data-state=jammed] { --ring: var(--state-lock-jammed-color) }
	&[data-state=unknown] { --ring: var(--outline); :is(.shackle, .case) { display: none } }
	&:not([data-state=unknown]) .mark { display: none }
}
.shackle { stroke: var(--ring); stroke-width: 2.4; transform-origin: 105px 191px; transition: transform .4s }
.case { fill: var(--ring) }
.mark { fill: var(--text); font-size: 22px; font-weight: 600; text-anchor: middle }
.climate { stroke: #fff; stroke-width: 1.5 }
.fan { transform-origin: 100px 108px }
.climate:not([data-open]), :is(.lock, .port, .label, #sunroof)[data-state=absent] { display: none }
.port { --ring: var(--outline); &[data-open] { --ring: var(--open) } &:not([data-open]) .plug { opacity: .5 } }
.plug { stroke: var(--ring); stroke-width: 2.6 }
.cable { stroke: var(--ring); stroke-width: 6 }
.dots { fill: #fff }
[data-charge=charging] { &, .port { --ring: var(--flow) } }
[data-charge=plugged] { &, .port { --ring: var(--warning-color) } }
:not([data-charge=charging], [data-charge=plugged]) > * > .cable, :not([data-flow]) > * > .dots { display: none }

@media (prefers-reduced-motion: no-preference) {
	.live {
		[data-flow] .dots { animation: flow 1.6s linear infinite }
		[data-flow=slow] .dots { animation-duration: 2.8s }
		[data-flow=fast] .dots { animation-duration: .7s }
		.climate[data-open] .fan { animation: turn 6s linear infinite }
	}
	.busy .icon { animation: turn 1.2s linear infinite }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important } #picture .dots { display: none } }
@keyframes flow { to { transform: translateY(-12px) } }
@keyframes turn { to { transform: rotate(360deg) } }

header { grid-area: head; display: flex; flex-wrap: wrap; gap: 0 8px; > :first-child { flex: 1 1 80px; min-width: 0 } }
h2 { font-size: var(--ha-font-size-l) }
[aria-disabled] { cursor: default }
.age { display: flex; align-self: start; button { white-space: nowrap; min-height: 32px; padding: 0 6px } }
#refresh { width: 32px; display: grid; place-items: center }
.is-old { #age { color: var(--bad-text); font-weight: 600 } #picture, .track { opacity: .5 } }
#note, #confirm { grid-area: note; padding: 12px; border-radius: 12px; background: var(--soft) }
#note a { color: var(--primary-color) }
.car { grid-area: car; min-height: 0; display: grid; place-items: center; > * { width: 150px; max-height: 100%; aspect-ratio: 200 / 316 } }
.facts { grid-area: facts; display: grid; gap: 10px; min-width: 0 }
.level {
	display: grid; grid-template-columns: auto 1fr; align-items: baseline; gap: 6px 10px;
	.value { font-size: 32px; line-height: 1.1; letter-spacing: -.5px; white-space: nowrap }
	.range { color: var(--quiet); white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
	.icon { display: none; align-self: center; color: var(--quiet) }
	& + & { margin-block-start: 14px }
}
.two .level { grid-template-columns: auto auto 1fr; .value { font-size: 24px } .icon { display: block } }
.track { grid-column: 1 / -1; position: relative; height: 10px; border-radius: 5px; background: color-mix(in srgb, var(--text) 12%, transparent) }
.fill { height: 100%; border-radius: 5px; background: var(--level, var(--flow)); transition: inline-size .6s; max-inline-size: 100% }
.fuel_level { --level: color-mix(in oklab, var(--text) 55%, var(--base)) } .few { --level: var(--warning-color) } .least { --level: var(--bad) }
.tick { position: absolute; inset-block: -4px; width: 3px; margin-inline-start: -1.5px; border-radius: 2px; background: var(--text); box-shadow: 0 0 0 1.5px var(--base) }
.line { display: flex; gap: 8px; align-items: center; min-height: 32px; width: 100%; .icon { color: var(--quiet) } }
.charging #charge .icon { color: var(--flow) }
.dot { flex: none; width: 10px; height: 10px; margin: 5px; border-radius: 50%; background: var(--open) }
.bad { font-weight: 600; .dot { background: var(--bad); border-radius: 2px; transform: rotate(45deg) } }
#details {
	grid-area: details; display: flex; flex-flow: wrap; gap: 4px 14px; color: var(--quiet);
	button { display: flex; gap: 6px; align-items: center; min-height: 28px }
}
.acts { grid-area: acts }
#controls, .answers {
	display: flex; flex-wrap: wrap; gap: 8px;
	button {
		flex: 1 1 0; min-width: 84px; min-height: 44px; padding: 4px 10px; display: flex; gap: 8px; align-items: center;
		justify-content: center; text-align: center; border-radius: 12px; background: var(--soft); font-weight: 500;
		&:hover { filter: brightness(.94) }
		&[aria-disabled] { opacity: .7 }
	}
}
#confirm { display: grid; gap: 10px }
#yes { background: var(--primary-color); color: var(--text-primary-color) }
#said, #details .name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
:is(.small, #refresh) .icon { width: 17px; height: 17px }

@container (max-width: 299px) { #details, .labels { display: none } .card { padding: 12px } }
@container (min-width: 320px) {
	.card { grid-template: "head head" "note note" "car facts" minmax(0, 1fr) "details details" "acts acts" / minmax(0, 46fr) minmax(0, 54fr); column-gap: 8px }
	.facts { align-self: center }
	.car > * { width: 100%; max-width: 164px }
	.card:not(.two) .range { grid-area: 2 / 1 / auto / -1 }
}
@container (min-width: 480px) {
	.card { --label: 12.5px; padding: 20px; grid-template: "car head" "car note" "car facts" minmax(0, 1fr) "car details" "car acts" / 216px minmax(0, 1fr); column-gap: 24px }
	.facts { align-self: start }
	.car > * { max-width: 216px }
	.label .unit { display: inline }
	.card:not(.two) { .level .value { font-size: 40px } .range { grid-area: auto } }
	.level .range { font-size: 16px }
}
@container (min-width: 800px) {
	.card { grid-template: "car head head" "car note note" "car facts details" minmax(0, 1fr) "car acts details" / 240px minmax(0, 400px) minmax(200px, 1fr); column-gap: 32px }
	.car > * { max-width: 232px }
	#details {
		flex-flow: column; gap: 0; place-self: start end; max-width: 320px; width: 100%;
		button { width: 100%; min-height: 40px; border-radius: 0 }
		li + li { border-block-start: 1px solid var(--divider-color) }
		.name { position: static; width: auto; height: auto; clip-path: none; flex: 1 }
		.value { color: var(--text); font-size: inherit }
	}
}
`;
