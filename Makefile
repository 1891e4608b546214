# Two commands: `make run` starts the assistant, `make test` checks everything.
# Both set up whatever is missing, inside this folder only.

SHELL := /bin/sh
TOOLS := $(CURDIR)/.tools
export UV_CACHE_DIR := $(TOOLS)/cache/uv
export UV_PYTHON_INSTALL_DIR := $(TOOLS)/python
export XDG_CACHE_HOME := $(TOOLS)/cache
export XDG_CONFIG_HOME := $(TOOLS)/config
export MPLCONFIGDIR := $(TOOLS)/cache/matplotlib
export RASA_TELEMETRY_ENABLED := false
# Rasa's dependencies warn about each other; none of it is for the admin.
export TF_CPP_MIN_LOG_LEVEL := 3
export SQLALCHEMY_SILENCE_UBER_WARNING := 1

UV := $(or $(shell command -v uv 2>/dev/null),$(TOOLS)/bin/uv)
BIN := .venv/bin
# Rasa and Keras leave settings in the home folder: theirs is inside the checkout.
HOMED := HOME=$(TOOLS)/home
RASA := $(HOMED) engine/.venv/bin/rasa
YARDSTICK := $(HOMED) engine/.venv/bin/python -m engine.yardstick
MODEL := models/avtootvet.tar.gz

.PHONY: run test train rasa-test bench where setup lint unit engine-test clean

run: setup
	@$(BIN)/bot run

test: setup lint engine-test rasa-test unit

train: setup
	@$(BIN)/bot train

rasa-test: train
	$(RASA) data validate --domain domain.yml --data data --config config.yml --fail-on-warnings
	$(RASA) test core --stories tests/stories --model $(MODEL) --out var/rasa-test --fail-on-prediction-errors --no-plot
	$(YARDSTICK) --singles var/rasa-test/singles.yml
	@# Rasa's own evaluation and its confusion picture fail on nothing; the gate below does.
	$(RASA) test nlu --nlu var/rasa-test/singles.yml --model $(MODEL) --out var/rasa-test/rasa \
		> var/rasa-test/rasa.log 2>&1 || { tail -n 20 var/rasa-test/rasa.log; exit 1; }
	$(YARDSTICK) --model $(MODEL) --out var/rasa-test/nlu

bench: train
	$(BIN)/python -m benchmarks $(ARGS)

# make where Q=credit: every place of one topic
where: setup
	@$(BIN)/python -m scripts.where "$(Q)"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

engine-test: setup
	$(HOMED) engine/.venv/bin/python -m pytest -q engine/tests

unit: train
	$(BIN)/pytest -q

setup: .venv/ready engine/.venv/ready

.venv/ready: pyproject.toml uv.lock | $(UV)
	@echo "Готовлю окружение бота (Python 3.12)…"
	@$(UV) sync --quiet --locked --compile-bytecode
	@touch $@

engine/.venv/ready: engine/pyproject.toml engine/uv.lock | $(UV)
	@echo "Готовлю окружение Rasa (Python 3.10), около минуты…"
	@cd engine && $(UV) sync --quiet --locked --compile-bytecode
	@touch $@

$(TOOLS)/bin/uv:
	@echo "Ставлю uv в .tools…"
	@python3 -m pip --version >/dev/null 2>&1 || { echo "Нужен pip: установите пакет python3-pip и повторите."; exit 1; }
	@python3 -m pip install --quiet --disable-pip-version-check --no-warn-script-location --target $(TOOLS)/uv uv
	@mkdir -p $(TOOLS)/bin && ln -sf ../uv/bin/uv $@

clean:
	rm -rf .venv engine/.venv models var .tools .rasa
