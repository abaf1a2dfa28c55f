# Parts of the sources for the images that do not hold all of them: split-sources.sh FOLDER EPOCH
set -eu
out=$1
epoch=$2

for image in collectors actions; do
  mkdir -p "$out/$image/app"
  cp -R "$out/service/app/package.json" "$out/service/app/core" "$out/service/app/deploy" "$out/$image/app/"
done
cp -R "$out/service/app/collectors" "$out/collectors/app/"
cp -R "$out/service/app/alerting" "$out/actions/app/"
chown -R 0:0 "$out"
find "$out" -type d -exec chmod 0755 {} +
find "$out" -type f -exec chmod 0644 {} +
find "$out" -exec touch --no-dereference --date="@$epoch" {} +
