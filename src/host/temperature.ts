/** The temperature of this machine's processor, where the system tells it. */
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
