# Completes a tree of packages into a root file system: make-root.sh TREE EPOCH
set -eu
tree=$1
epoch=$2

# Node comes as a package; of it the program alone is needed.
mkdir -p "$tree/usr/local/bin" "$tree/usr/bin" "$tree/etc" "$tree/data" "$tree/models" "$tree/tmp"
mv "$tree"/app/node_modules/node-linux-*/bin/node "$tree/usr/local/bin/node"
rm -rf "$tree"/app/node_modules/node-linux-* "$tree"/app/node_modules/.bin "$tree"/app/node_modules/.package-lock.json
# For another libc, and for debuggers: nothing here reads them.
find "$tree/app/node_modules" \( -path '*/musl_*' -o -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -type f -delete
rm -f "$tree/app/package.json" "$tree/app/package-lock.json" "$tree/app/.npmrc"

cp "$(command -v tini-static)" "$tree/usr/bin/tini-static"
cp /build/passwd /build/group "$tree/etc/"
# Node says so on every start when the folder is not there.
mkdir -p "$tree/etc/ssl/certs"
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then cp /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/"; fi
printf 'hosts: files dns\n' > "$tree/etc/nsswitch.conf"

PATH="$tree/usr/local/bin:$PATH"
node /build/collect-libraries.mjs "$tree"
share=$tree/usr/share/clawdbot
node /build/write-sbom.mjs /build/sbom.json "$share/libraries.json" "$epoch" "$share/sbom.cdx.json"
rm "$share/libraries.json"

chown -R 0:0 "$tree"
# What volumes are mounted on: a new one takes the owner of the folder beneath it.
for folder in data data/logs data/audit state state/prometheus state/alertmanager state/actions models; do
  mkdir -p "$tree/$folder"
  chown 65532:65532 "$tree/$folder"
  chmod 0700 "$tree/$folder"
done
chmod 1777 "$tree/tmp"
find "$tree" -exec touch --no-dereference --date="@$epoch" {} +
