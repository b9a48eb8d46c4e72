{{/* Name of the Secret with a component's certificate. */}}
{{- define "orderflow.tlsSecret" -}}
{{- if .component.tls.existingSecret -}}
{{ .component.tls.existingSecret }}
{{- else if .root.Values.tls.certManager.enabled -}}
{{ include "orderflow.name" . }}-tls
{{- else -}}
{{ .root.Values.tls.existingSecret }}
{{- end -}}
{{- end -}}

{{- define "orderflow.tlsEnv" -}}
- {name: ORDERFLOW_TLS_CERTIFICATE_FILE, value: /etc/orderflow/tls/tls.crt}
- {name: ORDERFLOW_TLS_PRIVATE_KEY_FILE, value: /etc/orderflow/tls/tls.key}
- {name: ORDERFLOW_TLS_AUTHORITIES_FILE, value: /etc/orderflow/tls/ca.crt}
{{- end -}}

{{/* A volume of a Secret's keys under the names that the settings expect: (dict "volume" "secret" "items"). Whole
folders, never single files: those would not be renewed. */}}
{{- define "orderflow.secretVolume" -}}
- name: {{ .volume }}
  secret:
    secretName: {{ .secret }}
    defaultMode: 0440
    items:
      {{- range $path, $key := .items }}
      - {key: {{ $key }}, path: {{ $path }}}
      {{- end }}
{{- end -}}

{{- define "orderflow.tlsVolume" -}}
{{- $keys := .root.Values.tls.secretKeys -}}
{{ include "orderflow.secretVolume" (dict "volume" "tls" "secret" .secret
     "items" (dict "tls.crt" $keys.certificate "tls.key" $keys.privateKey "ca.crt" $keys.authorities)) }}
{{- end -}}

{{- define "orderflow.postgresVolume" -}}
{{- with include "orderflow.databaseCa" . }}
{{ include "orderflow.secretVolume" (dict "volume" "postgres" "secret" . "items" (dict "ca.crt" $.root.Values.postgres.tls.caSecret.key)) }}
{{- end }}
{{- end -}}

{{- define "orderflow.kafkaVolumes" -}}
{{- $kafka := .root.Values.kafka -}}
{{- with $kafka.tls.caSecret }}
{{- if and $kafka.tls.enabled .name }}
{{ include "orderflow.secretVolume" (dict "volume" "kafka-ca" "secret" .name "items" (dict "ca.crt" .key)) }}
{{- end }}
{{- end }}
{{- if eq $kafka.auth.type "tls" }}
{{ include "orderflow.secretVolume" (dict "volume" "kafka-user" "secret" (include "orderflow.kafkaSecret" .)
     "items" (dict "user.crt" $kafka.auth.secretKeys.certificate "user.key" $kafka.auth.secretKeys.privateKey)) }}
{{- end }}
{{- end -}}

{{/* Mounts of the volumes whose names are given: (list "tls" "postgres"). */}}
{{- define "orderflow.mounts" -}}
{{- range . }}
- {name: {{ . }}, mountPath: /etc/orderflow/{{ . }}, readOnly: true}
{{- end }}
{{- end -}}
