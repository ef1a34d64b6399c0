/** How hot this machine's processor is, and whether it is slowed down for that, where the system tells it. */
import { readFileSync } from "node:fs";

/** In degrees Celsius; undefined where there is no such sensor. */
export function temperature(file = "/sys/class/thermal/thermal_zone0/temp"): number | undefined {
  try {
    const thousandths = Number(readFileSync(file, "utf8"));
    return Number.isFinite(thousandths) ? thousandths / 1_000 : undefined;
  } catch {
    return undefined;
  }
}

/** Too little voltage, slowed down, too hot: the firmware's bits of what is now. */
const NOW = 0b1101;

/** 1 while a Raspberry Pi is short of voltage or slowed down, else 0; undefined where nothing tells it. */
export function throttled(
  file = "/sys/devices/platform/soc/soc:firmware/get_throttled",
): number | undefined {
  try {
    const bits = Number.parseInt(readFileSync(file, "utf8"), 16);
    return Number.isNaN(bits) ? undefined : Number((bits & NOW) !== 0);
  } catch {
    return undefined;
  }
}
