# The app on a server without graphics cards, in public mode: docker build --tag vae-explorer .
# docs/deployment.md says how it is meant; tests/package/test_deployment.py keeps it in step.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG EXTRAS=heic
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python3 -m venv --without-pip /opt/app
# By itself: PyPI's torch brings 4 GB for graphics cards
RUN python3 -m pip --python /opt/app/bin/python install --index-url ${TORCH_INDEX} \
    "torch>=2.14" "torchvision>=0.29"
WORKDIR /source
COPY . .
RUN python3 -m pip --python /opt/app/bin/python install ".[${EXTRAS}]" "streamlit[auth]"
# What compilers, debuggers, notebooks and the authors of libraries need, and pages do not: 0.4 GB
RUN apt-get update && apt-get install --yes --no-install-recommends binutils
RUN cd /opt/app/lib/python3*/site-packages \
    && strip --strip-unneeded torch/lib/libtorch_cpu.so torch/lib/libtorch_python.so pyarrow/lib*.so.* \
    && rm -rf torch/include torch/share torch/bin/protoc* torch/bin/test_* \
        pyarrow/include pyarrow/src pyarrow/*flight* pyarrow/*s3* \
        onnx/backend/test onnxruntime/transformers plotly/labextension pydeck/nbextension/static \
        plotly/package_data/datasets skimage/data/* setuptools* \
    && find . -type d -name tests -prune -exec rm -rf {} + \
    && find . -name '*.a' -delete \
    && find sympy networkx plotly/graph_objs torch/_inductor -name '*.pyc' -delete

FROM python:${PYTHON}-slim
RUN useradd --uid 1000 --create-home explorer \
    && install --directory --owner=explorer --group=explorer /runs /data
COPY --from=build /opt/app /opt/app
ENV PATH=/opt/app/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    VAE_EXPLORER_PUBLIC=1 \
    VAE_EXPLORER_RUNS=/runs \
    VAE_EXPLORER_DATA=/data
USER 1000
WORKDIR /home/explorer
VOLUME ["/runs", "/data"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/alive')"]
ENTRYPOINT ["vae-explorer"]
CMD ["app", "--public", "--address", "0.0.0.0", "--port", "8501", "--no-browser"]
