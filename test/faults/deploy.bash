# What the target does when it is deployed to: it writes down what it was told and which bytes it got.
set -euo pipefail
tell() {
  printf '{"event":"%s","at":%s,"environment":"%s","promotion":"%s","attempt":%s,"phase":"%s","fence":%s,"release":"%s","digest":"sha256:%s"}\n' \
    "$1" "$(date +%s%N)" "$LOCKFLIGHT_ENVIRONMENT" "$LOCKFLIGHT_PROMOTION" "$LOCKFLIGHT_ATTEMPT" "$LOCKFLIGHT_PHASE" \
    "$LOCKFLIGHT_FENCE" "$LOCKFLIGHT_RELEASE" "$digest" >> "$TARGET_LOG/$LOCKFLIGHT_ENVIRONMENT.ndjson"
}
digest=$(sha256sum "$LOCKFLIGHT_ARTIFACT_SHOP_TXT" | cut -d ' ' -f 1)
tell begun
sleep "0.$((RANDOM % 4))"
tell done
