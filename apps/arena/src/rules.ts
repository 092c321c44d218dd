/** Every number of the game but the bots' skill. Distances in field units, speeds in units a second, angles in radians. */
export const TICK_HZ = 30;
export const SEATS = 8;
export const ROUND_MS = 90_000;
/** How long the results are shown before the next round. */
export const RESULTS_MS = 8_000;

export const FIELD_WIDTH = 1_900;
export const FIELD_HEIGHT = 1_300;
export const ROCKS = 7;

export const SHIP_RADIUS = 18;
export const THRUST = 560;
export const BRAKE = 320;
export const TURN_PER_S = 3.9;
/** Part of the speed that is lost in a second; with THRUST it makes the top speed. */
export const DRAG_PER_S = 1.25;
/** Faster than thrust and drag allow. */
export const SPEED_MAX = 600;
/** Part of the speed that is kept in a bounce. */
export const BOUNCE = 0.55;
/** Slower than this is standing still: a ship at rest costs no bytes. */
export const REST_SPEED = 1;
export const HP_MAX = 100;
export const RESPAWN_TICKS = 2 * TICK_HZ;
/** A ship that has just come cannot be hurt for this long, unless it fires. */
export const SHIELD_TICKS = 2 * TICK_HZ;

export const SHOT_SPEED = 720;
export const SHOT_TICKS = 33;
export const SHOT_RADIUS = 4;
export const SHOT_DAMAGE = 20;
export const RELOAD_TICKS = 6;

export const PICKUPS_MAX = 4;
export const PICKUP_EVERY_MS = 5_000;
export const PICKUP_RADIUS = 20;
export const REPAIR_HP = 50;
export const TRIPLE_TICKS = 8 * TICK_HZ;
/** Angle between the three shots of a ship that holds a triple. */
export const TRIPLE_SPREAD = 0.14;

export const SAY_EVERY_TICKS = 2 * TICK_HZ;
export const NAME_LENGTH_MAX = 16;
