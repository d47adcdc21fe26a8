#!/bin/sh
# engine_kill_teacher.sh PATCHLAW - engine_kill.sh for an objective that keeps a teacher and centres
# beside its parameters, and reads several crops of an image.
set -u
TINY_SETTINGS="objective.name=dinov2 teacher.centring=centre data.small_crops=2 data.small_px=4
    head.bottleneck=8 head.prototypes=32 model.precision=bf16"
KILLS=${KILLS:-8}
export TINY_SETTINGS KILLS
exec "$(dirname "$0")/engine_kill.sh" "$@"
