/**
 * Units for the systemd of a user: the same services in the user's own folders, without what only the
 * machine's systemd can do. The calls they may make are bounded as before; other users' files are kept
 * from them by their owner's rights.
 */

/** A user's systemd has no privilege to do these, and would refuse to start the unit. */
const machineOnly =
  /^(DynamicUser|User|CapabilityBoundingSet|AmbientCapabilities|Protect\w+|Private\w+|ProcSubset|RemoveIPC)=/;
/** Units that a user's systemd does not know. */
const machineUnit = /\s*\bnetwork-online\.target\b/g;

/** Places of the machine, and the same of a user as systemd writes them. */
const places: readonly (readonly [string, string])[] = [
  ["/etc/rtl/", "%E/rtl/"],
  ["/var/lib/rtl", "%S/rtl"],
  ["/var/cache/rtl", "%C/rtl"],
  ["/run/rtl", "%t/rtl"],
];

/** The text of a unit of the machine as one of a user. */
export function asUserUnit(text: string): string {
  const lines = text
    .split("\n")
    .filter((line) => !machineOnly.test(line))
    .map((line) => {
      if (/^(After|Wants)=/.test(line)) return line.replace(machineUnit, "");
      return line.replace("WantedBy=multi-user.target", "WantedBy=default.target");
    })
    .filter((line) => !/^(After|Wants)=\s*$/.test(line) && !/^# One user for all/.test(line));
  return places.reduce(
    (unit, [machine, user]) => unit.replaceAll(machine, user),
    lines.join("\n").replace(/=\s+/g, "="),
  );
}
