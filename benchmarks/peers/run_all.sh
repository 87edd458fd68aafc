#!/bin/sh
# Runs the reference and the peers on every case, one after the other, and writes one JSON file a run into results/.
#   benchmarks/peers/run_all.sh EMHASS_PYTHON FLEXMEASURES_PYTHON [DAYS]        the interpreters of the two environments
set -eu
python=$1
flexmeasures_python=$2
days=${3:-20}
here=$(dirname "$0")
homes="$here/../../src/mas2tering/study/benchmark/homes"
results=$here/results
mkdir -p "$results"

emhass() { # name of the result, case, options
    name=$1; case=$2; shift 2
    "$python" "$here/run_emhass.py" "$homes/$case.json" --days "$days" "$@" > "$results/$name.json"
}

for case in emhass battery battery_ev; do
    "$python" "$here/reference_optimum.py" "$homes/$case.json" --days "$days" > "$results/optimum-$case.json"
    emhass "emhass-$case" "$case"
    emhass "emhass-$case-reuse" "$case" --reuse
done
"$python" "$here/reference_optimum.py" "$homes/emhass.json" --days "$days" --on-off continuous \
    > "$results/optimum-emhass-continuous.json"
emhass emhass-emhass-sequence emhass --programmes sequence
emhass emhass-emhass-sequence-reuse emhass --programmes sequence --reuse
emhass emhass-emhass-tight emhass --gap 0.001
emhass emhass-emhass-sequence-tight emhass --programmes sequence --gap 0.001
emhass emhass-emhass-discharge emhass --discharge-to-grid
emhass emhass-battery-discharge battery --discharge-to-grid

for case in battery battery_ev; do
    "$flexmeasures_python" "$here/run_flexmeasures.py" "$homes/$case.json" --days "$days" \
        > "$results/flexmeasures-$case.json"
done
