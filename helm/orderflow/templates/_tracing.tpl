{{/* Where a component's spans go: (dict "root" $ "name" component name). Nothing without an endpoint. */}}
{{- define "orderflow.tracingEnv" -}}
{{- with .root.Values.tracing }}
{{- if .endpoint }}
- {name: ORDERFLOW_TRACES_ENDPOINT, value: {{ .endpoint | quote }}}
- {name: ORDERFLOW_TRACES_SAMPLE_RATIO, value: {{ toString .sampleRatio | quote }}}
{{- if and .trustCallers (eq $.name "order-service") }}
- {name: ORDERFLOW_TRACES_TRUST_CALLERS, value: "true"}
{{- end }}
{{- if .headersSecret }}
- {name: ORDERFLOW_TRACES_HEADERS_FILE, value: /etc/orderflow/traces-headers/headers}
{{- end }}
{{- if .caSecret }}
- {name: ORDERFLOW_TRACES_AUTHORITIES_FILE, value: /etc/orderflow/traces-ca/ca.crt}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Names of the volumes that it needs, as a YAML list. */}}
{{- define "orderflow.tracingVolumeNames" -}}
{{- $names := list -}}
{{- with .root.Values.tracing -}}
{{- if and .endpoint .headersSecret -}}{{- $names = append $names "traces-headers" -}}{{- end -}}
{{- if and .endpoint .caSecret -}}{{- $names = append $names "traces-ca" -}}{{- end -}}
{{- end -}}
{{ toYaml $names }}
{{- end -}}

{{- define "orderflow.tracingVolumes" -}}
{{- $tracing := .root.Values.tracing -}}
{{- range include "orderflow.tracingVolumeNames" . | fromYamlArray }}
{{- if eq . "traces-headers" }}
{{ include "orderflow.secretVolume" (dict "volume" . "secret" $tracing.headersSecret "items" (dict "headers" $tracing.headersSecretKey)) }}
{{- else }}
{{ include "orderflow.secretVolume" (dict "volume" . "secret" $tracing.caSecret "items" (dict "ca.crt" $tracing.caSecretKey)) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The flow to the collector, as a rule of a network policy. */}}
{{- define "orderflow.tracingEgress" -}}
{{- if .root.Values.tracing.endpoint }}
{{- $policy := .root.Values.networkPolicy.collector }}
{{- $port := default (include "orderflow.portOf" (list .root.Values.tracing.endpoint (dict "" 4318 "http" 80 "https" 443))) $policy.port }}
{{ include "orderflow.egressTo" (dict "peers" $policy.to "ports" (list $port)) }}
{{- end }}
{{- end -}}

{{- define "orderflow.problemsOfTracing" -}}
{{- with .Values.tracing }}
{{- if and .endpoint (not (regexMatch "^https?://" .endpoint)) }}
tracing.endpoint: {{ .endpoint }} is no http:// or https:// address
{{- end }}
{{- if and (or .headersSecret .caSecret) (not .endpoint) }}
tracing.endpoint: tracing.headersSecret and caSecret are used with it only; set it, or take them out
{{- end }}
{{- if and .endpoint .caSecret (not (hasPrefix "https://" .endpoint)) }}
tracing.caSecret: {{ .endpoint }} shows no certificate; use an https:// address in tracing.endpoint, or take the Secret out
{{- end }}
{{- if and .endpoint .headersSecret (not (hasPrefix "https://" .endpoint)) }}
tracing.headersSecret: whoever reads along would see them; use an https:// address in tracing.endpoint
{{- end }}
{{- if and .endpoint $.Values.networkPolicy.enabled (not $.Values.networkPolicy.collector.to) }}
networkPolicy.collector.to: list the peers that are the collector of traces at tracing.endpoint
{{- end }}
{{- end }}
{{- end -}}
