{{/* Environment of a component's container: what the chart knows, then `settings`, then `extraEnv`. */}}
{{- define "orderflow.env" -}}
{{- $facts := .component.facts -}}
{{- $root := .root -}}
- {name: ORDERFLOW_GRPC_LISTEN, value: "0.0.0.0:{{ $facts.grpcPort }}"}
- {name: ORDERFLOW_ADMIN_LISTEN, value: "0.0.0.0:{{ $facts.adminPort }}"}
- name: ORDERFLOW_INSTANCE_ID
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- {name: ORDERFLOW_SHUTDOWN_GRACE_MS, value: "{{ mul .component.lifecycle.drainSeconds 1000 }}"}
{{- include "orderflow.databaseEnv" (dict "root" $root "component" .component
      "secret" .component.database.existingSecret "setting" "ORDERFLOW_DATABASE_URL") }}
{{- if $facts.kafka }}
{{- include "orderflow.kafkaEnv" . }}
{{- end }}
{{- if $root.Values.tls.enabled }}
{{ include "orderflow.tlsEnv" . }}
{{- end }}
{{- include "orderflow.authEnv" . }}
{{- include "orderflow.tracingEnv" . }}
{{- range $facts.calls }}
- {name: {{ .setting }}, value: {{ include "orderflow.address" (dict "root" $root "name" .component) | quote }}}
{{- end }}
{{- if include "orderflow.providerCa" . }}
- {name: ORDERFLOW_PROVIDER_TLS_AUTHORITIES_FILE, value: /etc/orderflow/provider-ca/ca.crt}
{{- end }}
{{- if $facts.webhookPort }}
- {name: ORDERFLOW_PAYMENT_WEBHOOK_LISTEN, value: "0.0.0.0:{{ $facts.webhookPort }}"}
{{- with $root.Values.paymentProvider.webhooks }}
{{- if .existingSecret }}
{{ include "orderflow.fromSecret" (list "ORDERFLOW_PAYMENT_WEBHOOK_SECRETS" .existingSecret .secretKey) }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .name "notification-service" }}
{{- with $root.Values.smtp }}
{{- if .existingSecret }}
{{ include "orderflow.fromSecret" (list "ORDERFLOW_SMTP_URL" .existingSecret .secretKey) }}
{{- else }}
- {name: ORDERFLOW_SMTP_URL, value: {{ .url | quote }}}
{{- end }}
- {name: ORDERFLOW_SMTP_FROM, value: {{ .from | quote }}}
{{- end }}
{{- end }}
{{- if eq .name "payment-provider-simulator" }}
{{- with $root.Values.paymentProvider.webhooks }}
{{- if .existingSecret }}
- name: ORDERFLOW_PROVIDER_WEBHOOK_URL
  value: http://{{ include "orderflow.name" (dict "root" $root "name" "payment-service") }}:{{ (index (include "orderflow.facts" $root | fromYaml) "payment-service").webhookPort }}/webhooks/provider
{{ include "orderflow.fromSecret" (list "ORDERFLOW_PROVIDER_WEBHOOK_SECRET" .existingSecret .secretKey) }}
{{- end }}
{{- end }}
{{- end }}
{{- range $setting, $value := .component.settings }}
- {name: {{ $setting }}, value: {{ include "orderflow.text" $value | quote }}}
{{- end }}
{{- with .component.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Name of the Secret with the payment provider's authorities, for who calls it; empty: it is called as components are. */}}
{{- define "orderflow.providerCa" -}}
{{- if eq .name "payment-service" -}}
{{ .root.Values.paymentProvider.tls.caSecret.name }}
{{- end -}}
{{- end -}}

{{/* host:port that a component is called at; of the simulator that stands for the provider: the provider. */}}
{{- define "orderflow.address" -}}
{{- if and (eq .name "payment-provider-simulator") .root.Values.paymentProvider.address -}}
{{ .root.Values.paymentProvider.address }}
{{- else -}}
{{ include "orderflow.headless" . }}:{{ (index (include "orderflow.facts" .root | fromYaml) .name).grpcPort }}
{{- end -}}
{{- end -}}

{{- define "orderflow.volumes" -}}
{{- if .root.Values.tls.enabled }}
{{ include "orderflow.tlsVolume" (dict "root" .root "secret" (include "orderflow.tlsSecret" .)) }}
{{- end }}
{{- include "orderflow.authVolumes" . }}
{{- include "orderflow.tracingVolumes" . }}
{{- include "orderflow.postgresVolume" . }}
{{- with include "orderflow.providerCa" . }}
{{ include "orderflow.secretVolume" (dict "volume" "provider-ca" "secret" . "items" (dict "ca.crt" $.root.Values.paymentProvider.tls.caSecret.key)) }}
{{- end }}
{{- if .component.facts.kafka }}
{{- include "orderflow.kafkaVolumes" . }}
{{- end }}
{{- with .component.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "orderflow.volumeMounts" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $names := concat (include "orderflow.authVolumeNames" . | fromYamlArray) (include "orderflow.tracingVolumeNames" . | fromYamlArray) -}}
{{- if .root.Values.tls.enabled }}{{ $names = append $names "tls" }}{{ end -}}
{{- if include "orderflow.databaseCa" . }}{{ $names = append $names "postgres" }}{{ end -}}
{{- if include "orderflow.providerCa" . }}{{ $names = append $names "provider-ca" }}{{ end -}}
{{- if .component.facts.kafka -}}
{{- if and $kafka.tls.enabled $kafka.tls.caSecret.name }}{{ $names = append $names "kafka-ca" }}{{ end -}}
{{- if eq $kafka.auth.type "tls" }}{{ $names = append $names "kafka-user" }}{{ end -}}
{{- end -}}
{{- include "orderflow.mounts" $names }}
{{- with .component.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What every pod of the chart has. */}}
{{- define "orderflow.podBase" -}}
automountServiceAccountToken: false
# Its variables would look like settings of ours (ORDERFLOW_...), and unknown settings are refused.
enableServiceLinks: false
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .component.podSecurityContext | nindent 2 }}
{{- with .component.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .component.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .component.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .component.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "orderflow.topologySpread" -}}
{{- with .component.topologySpread.constraints }}
{{- toYaml . }}
{{- else }}
{{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
- maxSkew: 1
  topologyKey: {{ $key }}
  whenUnsatisfiable: {{ $.component.topologySpread.whenUnsatisfiable }}
  labelSelector:
    matchLabels:
      {{- include "orderflow.selector" $ | nindent 6 }}
  # Only pods of one version are counted: an update spreads the new ones anew.
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}
{{- end -}}
